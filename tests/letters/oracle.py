"""What Python's email package reads in each letter of this folder, as JSON. Called by oracle.mjs."""
import email
import email.policy
import json
from email.utils import getaddresses
from pathlib import Path

HERE = Path(__file__).parent


def clean(text):
    """Bytes that it cannot read it hands out as half characters, which JSON cannot hold."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def guarded(read, otherwise):
    try:
        return read()
    except Exception:
        return otherwise


def people(letter, field):
    found = []
    for value in letter.get_all(field, []):
        for one in value.addresses:
            found.append({"name": clean(one.display_name), "address": clean(one.addr_spec)})
    return found


def content(part):
    held = part.get_payload(decode=True)
    if held is not None:
        return held
    inner = part.get_payload()
    return inner[0].as_bytes() if inner else b""


def read(path):
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = guarded(lambda: letter.get_body(("plain",)), None)
    return {
        "subject": guarded(lambda: clean(letter["subject"] or ""), None),
        "from": guarded(lambda: people(letter, "from"), None),
        "to": guarded(lambda: people(letter, "to"), None),
        "text": guarded(lambda: clean(body.get_content()) if body is not None else "", None),
        "files": guarded(
            lambda: [
                {"name": part.get_filename() and clean(part.get_filename()), "size": guarded(lambda p=part: len(content(p)), None)}
                for part in letter.iter_attachments()
            ],
            None,
        ),
    }


print(json.dumps({str(path.relative_to(HERE)): read(path) for path in sorted(HERE.rglob("*.eml"))}))
