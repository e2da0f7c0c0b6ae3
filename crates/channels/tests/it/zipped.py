"""Writes a letter with a ZIP as Python's own modules make it: names as Windows and as others write them, a folder, a
file that a list does not reach over, and one that is no ZIP though its name says so."""

import email.message
import io
import random
import sys
import zipfile


class Windows(zipfile.ZipInfo):
    """A name in CP932, with nothing that says so."""

    def _encodeFilenameFlags(self):
        return self.filename.encode("cp932"), self.flag_bits


packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
    archive.writestr(Windows("図面①.pdf"), b"%PDF" * 10)
    archive.writestr("資料/", b"")
    archive.writestr("資料/納品書.xlsx", random.Random(1).randbytes(1_500_000))
    for n in range(1200):
        archive.writestr(f"写真/{n:04}.jpg", b"x")

letter = email.message.EmailMessage()
letter["From"], letter["To"], letter["Subject"] = "taro@example.jp", sys.argv[1], "図面の件"
letter.set_content("図面をお送りします。")
letter.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="図面.zip")
small = io.BytesIO()
with zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("見積書.pdf", b"%PDF" * 10)
letter.add_attachment(small.getvalue(), maintype="application", subtype="zip", filename="小.zip")
letter.add_attachment(b"PK\x03\x04 cut", maintype="application", subtype="zip", filename="途中.zip")
sys.stdout.buffer.write(letter.as_bytes())
