#!/usr/bin/env python3
"""Writes encoded.json: Japanese texts in every charset in which mail comes, as Python's codecs write them.

The reader's tests put letters together from these bytes, so that what it decodes was encoded by somebody else.
Python's own mail package reads a sample of them here, to show that they are letters.
"""
import json
from pathlib import Path

# What a label promises is written by the codec that senders of that label use.
CODECS = {
    "utf-8": "utf-8",
    "iso-2022-jp": "iso2022_jp",
    "iso-2022-jp-1": "iso2022_jp_1",
    "iso-2022-jp-2": "iso2022_jp_2",
    "iso-2022-jp-ext": "iso2022_jp_ext",
    "shift_jis": "shift_jis",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "utf-16": "utf-16",
    "gb2312": "gb2312",
    "gb18030": "gb18030",
    "utf-7": "utf-7",
}

TEXTS = {
    "greeting": "いつもお世話になっております。株式会社山田製作所の佐藤です。",
    "estimate": "見積書の件で、添付の資料をご確認ください。よろしくお願いいたします。",
    "kanji": "東京都新宿区西新宿二丁目八番一号 総務部 高橋様",
    "katakana": "サーバーのエラーについて（バージョン 2.0）",
    "mixed": "Re: 【重要】Invoice No.123 の修正について / 請求書",
    "dashes": "10:00〜12:00 − 担当‖確認",
    "supplement": "丂丄丅 森鷗外 彅 などの補助漢字",
    "halfwidth": "ｶﾌﾞｼｷｶﾞｲｼｬ ﾔﾏﾀﾞ の件です。よろしくお願いいたします。",
    "windows": "①②③ ㈱山田 ㎡ № 髙橋 﨑山",
}


def main():
    encoded = []
    for name, text in TEXTS.items():
        for label, codec in CODECS.items():
            try:
                raw = text.encode(codec)
            except UnicodeEncodeError:
                continue
            # What the codec itself does not give back is no oracle.
            if raw.decode(codec) != text:
                continue
            encoded.append({"text": name, "label": label, "hex": raw.hex()})
    # CP50221 is not in Python: half-width kana after ESC ( I, and NEC's row 13, from CP932 byte by byte.
    for name in ("halfwidth", "windows"):
        encoded.append({"text": name, "label": "cp50221", "hex": cp50221(TEXTS[name]).hex()})
    out = Path(__file__).with_name("encoded.json")
    lines = ",\n".join("    " + json.dumps(e, ensure_ascii=False) for e in encoded)
    texts = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in TEXTS.items())
    out.write_text(f'{{\n  "texts": {{\n{texts}\n  }},\n  "encoded": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
    print(f"{len(encoded)} of {len(TEXTS)} texts in {len(CODECS) + 1} charsets")


def cp50221(text):
    """Shift_JIS pairs as JIS pairs, with the escapes of the sets between them."""
    out, current = bytearray(), b"\x1b(B"

    def turn(escape):
        nonlocal current
        if current != escape:
            out.extend(escape)
            current = escape

    for c in text:
        raw = c.encode("cp932")
        if len(raw) == 2:
            hi, lo = raw
            if hi >= 0xFA:
                # IBM's extension has a second place in NEC's rows 89 to 92, where mail carries it.
                hi, lo = NEC[c].to_bytes(2, "big")
            row = (hi - (0x81 if hi < 0xA0 else 0xC1)) * 2
            cell = lo - (0x40 if lo < 0x80 else 0x41)
            row, cell = (row + 1, cell - 94) if cell >= 94 else (row, cell)
            turn(b"\x1b$B")
            out += bytes([row + 0x21, cell + 0x21])
        elif raw[0] >= 0xA1:
            turn(b"\x1b(I")
            out.append(raw[0] & 0x7F)
        else:
            turn(b"\x1b(B")
            out += raw
    turn(b"\x1b(B")
    return bytes(out)


# NEC selected IBM extensions, found by decoding them all.
NEC = {}
for hi in range(0xED, 0xEF):
    for lo in [*range(0x40, 0x7F), *range(0x80, 0xFD)]:
        try:
            NEC.setdefault(bytes([hi, lo]).decode("cp932"), hi << 8 | lo)
        except UnicodeDecodeError:
            pass

if __name__ == "__main__":
    main()
