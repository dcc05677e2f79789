"""Verifies the signatures of letters with dkimpy, the public keys taken from a file instead of the DNS.

Prints for each letter a JSON list with a verdict for each of its signatures, a line each.

usage: python3 tests/dkim_verify.py KEYS FILE.eml...

A line of KEYS is the name of a TXT record, a space, and what the record says.
"""

import json
import sys

import dkim
import nacl.signing  # without it, dkimpy takes no Ed25519

assert nacl.signing
with open(sys.argv[1], "rb") as file:
    records = dict(line.rstrip(b"\n").split(b" ", 1) for line in file)


def txt(name, timeout=None):
    return records[name.rstrip(b".")]


def verdict(message, index):
    try:
        return dkim.DKIM(message).verify(idx=index, dnsfunc=txt)
    except dkim.DKIMException:
        return False


for path in sys.argv[2:]:
    with open(path, "rb") as file:
        message = file.read()
    names = [name.lower() for name, _ in dkim.DKIM(message).headers]
    print(json.dumps([verdict(message, index) for index in range(names.count(b"dkim-signature"))]))

assert len(sys.argv) > 2, "no letters were given"
