"""Reads letters with Python's email package under policy.strict, which raises on every defect.

Prints subject, name (without spaces) and address of each as a JSON list, a line each.

usage: python3 tests/strict.py FILE.eml...
"""

import email
import email.policy
import json
import sys

policy = email.policy.strict.clone(raise_on_defect=True)

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        raw = file.read()
    assert raw.isascii(), f"{path}: not 7-bit"
    message = email.message_from_bytes(raw, policy=policy)
    for part in message.walk():
        assert not part.defects, f"{path}: {part.defects}"
    for name, value in message.items():
        assert not value.defects, f"{path}: {name}: {value.defects}"
    assert message.get_content_type() == "multipart/alternative", path
    bodies = list(message.iter_parts())
    if bodies[-1].get_content_type() == "multipart/related":
        # The HTML body first, then the pictures that it asks for.
        bodies[-1:] = bodies[-1].iter_parts()
    kinds = [part.get_content_type() for part in bodies]
    assert kinds[:2] == ["text/plain", "text/html"], f"{path}: {kinds}"
    for picture in bodies[2:]:
        assert picture.get_content_maintype() == "image", f"{path}: {kinds}"
        assert f'"cid:{picture["Content-ID"][1:-1]}"' in bodies[1].get_content(), path
    for part in bodies:
        assert part.get_content().strip(), f"{path}: an empty part"
    (to,) = message["To"].addresses
    # Python 3.11 shows a space between two encoded words of a name, against RFC 2047, 6.2.
    print(json.dumps([message["Subject"], to.display_name.replace(" ", ""), to.addr_spec]))

assert len(sys.argv) > 1, "no letters were given"
