"""What Outlook and Becky! write, and what their readers see, for the tests: nothing in here is ours.

Reads one JSON object. "write" gives the bytes of a letter in the shape of a program; "read" tells what a letter says, by
Python's own parser.
"""
import base64, email, email.policy, hashlib, html, json, quopri, struct, sys
from email.header import Header, decode_header, make_header
from email.utils import getaddresses, formataddr

CRLF = "\r\n"
# One dot, which is Outlook's image001.png.
LOGO = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def header(text, charset):
    return text if text.isascii() else Header(text, charset, maxlinelen=70).encode(linesep=CRLF)


def person(who, charset):
    name, address = who
    return formataddr((name, address)) if name.isascii() else f"{header(name, charset)} <{address}>"


def people(all, charset):
    return (", " + CRLF + " ").join(person(who, charset) for who in all)


def lines64(data):
    return base64.encodebytes(data).decode().replace("\n", CRLF)


def shown(who):
    name, address = who
    return f"{name} <{address}>" if name else address


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", CRLF)


class Part:
    def __init__(self, head, body):
        self.head, self.body = head, body

    def __str__(self):
        return CRLF.join(f"{name}: {value}" for name, value in self.head) + CRLF + CRLF + self.body


def multipart(kind, boundary, parts):
    body = "".join(f"--{boundary}{CRLF}{part}{CRLF}" for part in parts) + f"--{boundary}--{CRLF}"
    return Part([("Content-Type", f"multipart/{kind};{CRLF}\tboundary=\"{boundary}\"")], body)


# --- Outlook ---------------------------------------------------------------------------------------------------------

LABELS = {
    "ja": ["差出人", "送信日時", "宛先", "CC", "件名"],
    "en": ["From", "Sent", "To", "Cc", "Subject"],
}


def block(o, lang):
    """The block of an answered letter, as label and value."""
    values = [shown(o["from"]), o["sent"], "; ".join(map(shown, o["to"])), "; ".join(map(shown, o["cc"])), o["subject"]]
    return [(label, value) for label, value in zip(LABELS[lang], values) if value]


def outlook_text(letter):
    text = letter["new"] + "\n\n" + letter["signature"] + "\n"
    answered = letter.get("answered")
    if answered:
        if letter["lang"] == "en":
            text += "\n-----Original Message-----\n"
        else:
            text += "\n________________________________\n" if letter.get("web") else "\n"
        text += "".join(f"{label}: {value}\n" for label, value in block(answered, letter["lang"]))
        text += "\n" + answered["text"]
    return crlf(text)


def mso(text):
    def paragraph(line):
        inner = html.escape(line) or '<span lang="EN-US"><o:p>&nbsp;</o:p></span>'
        return f'<p class="MsoNormal">{inner}<span lang="EN-US"><o:p></o:p></span></p>'
    return CRLF.join(paragraph(line) for line in text.split("\n"))


def outlook_html(letter, charset):
    name = "游ゴシック" if letter["lang"] == "ja" else "Calibri"
    out = f'''<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns:m="http://schemas.microsoft.com/office/2004/12/omml" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv="Content-Type" content="text/html; charset={charset}">
<meta name="Generator" content="Microsoft Word 15 (filtered medium)">
<!--[if !mso]><style>v\\:* {{behavior:url(#default#VML);}}
o\\:* {{behavior:url(#default#VML);}}
w\\:* {{behavior:url(#default#VML);}}
</style><![endif]--><style><!--
/* Font Definitions */
@font-face
	{{font-family:"{name}";
	panose-1:2 11 4 0 0 0 0 0 0 0;}}
p.MsoNormal, li.MsoNormal, div.MsoNormal
	{{margin:0mm;
	font-size:10.5pt;
	font-family:"{name}";}}
--></style><!--[if gte mso 9]><xml>
<o:shapedefaults v:ext="edit" spidmax="1026" />
</xml><![endif]-->
</head>
<body lang="{letter["lang"].upper()}" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">
<div class="WordSection1">
{mso(letter["new"])}
<p class="MsoNormal"><span lang="EN-US"><o:p>&nbsp;</o:p></span></p>
{mso(letter["signature"])}
'''
    if letter.get("logo"):
        out += f'<p class="MsoNormal"><img border="0" width="96" height="32" style="width:1.0in" id="_x0000_i1025" src="cid:{letter["logo"]}" alt="logo"><o:p></o:p></p>\n'
    answered = letter.get("answered")
    if answered:
        rows = "<br>\n".join(f'<b>{label}<span lang="EN-US">:</span></b><span lang="EN-US"> </span>{html.escape(value)}' for label, value in block(answered, letter["lang"]))
        out += f'''<div>
<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0mm 0mm 0mm">
<p class="MsoNormal">{rows}<o:p></o:p></p>
</div>
</div>
<p class="MsoNormal"><span lang="EN-US"><o:p>&nbsp;</o:p></span></p>
{mso(answered["text"])}
'''
    return crlf(out + "</div>\n</body>\n</html>\n")


def tnef(files):
    """winmail.dat: what Exchange makes of a letter in rich text with files."""
    def attribute(level, number, data):
        return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attribute(1, 0x00089006, struct.pack("<I", 0x00010000)) + attribute(1, 0x00069007, struct.pack("<II", 932, 0))
    for name, data in files:
        wide = name.encode("utf-16-le") + b"\0\0"
        properties = struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(wide)) + wide + b"\0" * (-len(wide) % 4)
        out += attribute(2, 0x00069002, struct.pack("<HIIHHHH", 1, 0xFFFFFFFF, 0x00010001, 0, 0, 0, 0)[:14])
        out += attribute(2, 0x0006800F, data)
        out += attribute(2, 0x00018010, name.encode("cp932", "replace")[:12] + b"\0")
        out += attribute(2, 0x00069005, properties)
    return out


def outlook(letter):
    charset = letter["charset"]
    codec = "iso2022_jp_ext" if charset == "iso-2022-jp" else charset
    head = [
        ("From", person(letter["from"], charset)),
        ("To", people(letter["to"], charset)),
        *([("CC", people(letter["cc"], charset))] if letter["cc"] else []),
        ("Subject", header(letter["subject"], charset)),
        ("Thread-Topic", header(letter["topic"], charset)),
        # 22 bytes when a thread begins, five more with each answer.
        ("Thread-Index", base64.b64encode(bytes(range(1, 23)) + bytes(5 * letter["depth"])).decode()),
        ("Date", letter["date"]),
        ("Message-ID", f"{CRLF} <{letter['id']}>"),
    ]
    if letter.get("references"):
        head.append(("References", (CRLF + " ").join(letter["references"])))
    if letter.get("in_reply_to"):
        head.append(("In-Reply-To", letter["in_reply_to"]))
    head += [
        ("Accept-Language", "ja-JP, en-US" if letter["lang"] == "ja" else "en-US"),
        ("Content-Language", "ja-JP" if letter["lang"] == "ja" else "en-US"),
        ("X-MS-Has-Attach", "yes" if letter["files"] else ""),
        ("X-MS-TNEF-Correlator", f"<{letter['id']}>" if letter.get("winmail") else ""),
        ("x-originating-ip", "[192.0.2.7]"),
        ("MIME-Version", "1.0"),
    ]
    if charset == "iso-2022-jp":
        plain = Part([("Content-Type", 'text/plain; charset="iso-2022-jp"'), ("Content-Transfer-Encoding", "7bit")], outlook_text(letter).encode(codec).decode("ascii"))
    else:
        plain = Part([("Content-Type", f'text/plain; charset="{charset}"'), ("Content-Transfer-Encoding", "base64")], lines64(outlook_text(letter).encode(codec)))
    files = [(file["name"], base64.b64decode(file["data"])) for file in letter["files"]]
    if letter.get("winmail"):
        container = Part([("Content-Type", 'application/ms-tnef; name="winmail.dat"'), ("Content-Transfer-Encoding", "base64"), ("Content-Disposition", 'attachment; filename="winmail.dat"')], lines64(tnef(files)))
        whole = multipart("mixed", "_000_winmail_", [plain, container])
    else:
        markup = quopri.encodestring(outlook_html(letter, charset).encode(codec)).decode("ascii")
        rich = Part([("Content-Type", f'text/html; charset="{charset}"'), ("Content-Transfer-Encoding", "quoted-printable")], crlf(markup))
        whole = multipart("alternative", "_000_alternative_", [plain, rich])
        if letter.get("logo"):
            logo = Part([("Content-Type", 'image/png; name="image001.png"'), ("Content-Description", "image001.png"), ("Content-Disposition", f'inline; filename="image001.png"; size={len(LOGO)}'), ("Content-ID", f"<{letter['logo']}>"), ("Content-Transfer-Encoding", "base64")], lines64(LOGO))
            whole = multipart("related", "_004_related_", [whole, logo])
            whole.head[0] = ("Content-Type", whole.head[0][1] + f";{CRLF}\ttype=\"multipart/alternative\"")
        if files:
            whole = multipart("mixed", "_005_mixed_", [whole] + [outlook_file(name, data, charset) for name, data in files])
    return str(Part(head + whole.head, whole.body)).encode("ascii")


def outlook_file(name, data, charset):
    named = header(name, charset)
    return Part([("Content-Type", f'application/octet-stream;{CRLF}\tname="{named}"'), ("Content-Description", named), ("Content-Disposition", f'attachment;{CRLF}\tfilename="{named}"; size={len(data)}'), ("Content-Transfer-Encoding", "base64")], lines64(data))


# --- Becky! ----------------------------------------------------------------------------------------------------------

def becky_text(letter):
    answered = letter.get("answered")
    text = ""
    if answered:
        text += letter["attribution"] + "\n\n"
        old = answered["text"].rstrip("\n").split("\n")
        quoted = [(">" if line.startswith(">") else "> ") + line for line in old]
        if letter.get("between"):
            # Only the first words are kept, and the answer stands among them.
            first = next(at for at, line in enumerate(old) if line.strip())
            return crlf(text + "\n".join(quoted[: first + 1]) + "\n\n" + letter["new"] + "\n\n" + letter["signature"] + "\n")
        text += "\n".join(line.rstrip() for line in quoted) + "\n\n"
        if letter.get("above"):
            text = letter["new"] + "\n\n" + letter["signature"] + "\n\n" + text
            return crlf(text)
    return crlf(text + letter["new"] + "\n\n" + letter["signature"] + "\n")


def becky_file(name, data, form):
    if form == "rfc2231":
        raw = name.encode("iso2022_jp")
        coded = "".join(chr(byte) if chr(byte).isalnum() or byte in b"._-" else f"%{byte:02X}" for byte in raw)
        kind, disposition = f"name*=iso-2022-jp''{coded}", f"filename*=iso-2022-jp''{coded}"
    else:
        word = header(name, "iso-2022-jp")
        kind, disposition = f'name="{word}"', f'filename="{word}"'
    return Part([("Content-Type", f"application/octet-stream;{CRLF} {kind}"), ("Content-Disposition", f"attachment;{CRLF} {disposition}"), ("Content-Transfer-Encoding", "base64")], lines64(data))


def becky(letter):
    charset = "iso-2022-jp"
    head = [
        ("Date", letter["date"]),
        ("From", person(letter["from"], charset)),
        ("To", people(letter["to"], charset)),
        *([("Cc", people(letter["cc"], charset))] if letter["cc"] else []),
        ("Subject", header(letter["subject"], charset)),
    ]
    if letter.get("in_reply_to"):
        head.append(("In-Reply-To", letter["in_reply_to"]))
    if letter.get("references"):
        head.append(("References", " ".join(letter["references"])))
    head += [("Message-Id", f"<{letter['id']}>"), ("MIME-Version", "1.0")]
    text = Part([("Content-Type", 'text/plain; charset="ISO-2022-JP"'), ("Content-Transfer-Encoding", "7bit")], becky_text(letter).encode("iso2022_jp").decode("ascii"))
    whole = text
    if letter["files"]:
        files = [becky_file(file["name"], base64.b64decode(file["data"]), file["form"]) for file in letter["files"]]
        whole = multipart("mixed", "------_69CC0F2A00000000A1B2_MULTIPART_MIXED_", [text] + files)
    tail = [("X-Mailer", "Becky! ver. 2.81.04 [ja]"), ("X-Antivirus", "avast (VPS 260401-0), 2026/04/01), Outbound message")]
    return str(Part(head + whole.head + tail, whole.body)).encode("ascii")


# --- reading ---------------------------------------------------------------------------------------------------------

def read(raw):
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    plain = letter.get_body(("plain",))
    rich = letter.get_body(("html",))
    addresses = lambda name: [list(pair) for pair in getaddresses([str(value) for value in letter.get_all(name, [])])]
    files = []
    for part in letter.walk():
        if part.is_multipart() or part in (plain, rich):
            continue
        data = part.get_payload(decode=True)
        files.append({"name": part.get_filename(), "sha256": hashlib.sha256(data).hexdigest(), "cid": part["content-id"]})
    return {
        "from": addresses("from"), "to": addresses("to"), "cc": addresses("cc"), "reply_to": addresses("reply-to"),
        "subject": str(letter["subject"]), "id": str(letter["message-id"]).strip(), "date": str(letter["date"]),
        "in_reply_to": str(letter["in-reply-to"] or "").split(), "references": str(letter["references"] or "").split(),
        "charset": plain.get_content_charset(), "text": plain.get_content().replace("\r\n", "\n"),
        "html": rich.get_content() if rich else None, "files": files,
        "ascii": raw.isascii(), "longest": max(map(len, raw.split(b"\n"))),
    }


asked = json.load(sys.stdin)
if asked["do"] == "read":
    json.dump(read(base64.b64decode(asked["raw"])), sys.stdout)
else:
    sys.stdout.buffer.write({"outlook": outlook, "becky": becky}[asked["program"]](asked))
