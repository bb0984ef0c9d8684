"""Ways to damage valid input: byte by byte, and inside the parts that its format is made of.

Every mutation is a function of the input and a random generator alone, so that a number brings a case back.
"""

import io
import json
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

Mutation = Callable[[bytes, Random], bytes]

PNG_START = b"\x89PNG\r\n\x1a\n"
EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
"""Numbers at which a size or a place turns negative, or into nothing."""
MARK = "raw text goes here"
RAW = ("NaN", "Infinity", "-Infinity", "1e400", "-0.0", "9" * 5000, "[" * 20_000, '"\\ud800"', "01", "tru")
"""What a JSON writer would not write in place of a value."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**64, -(2**63), 0.5, 1e308, "", "0", "x" * 5000, "a\nb",
    "\x00", "../../x", "![x](http://x)", "<script>", [], [[]], {}, {"a": 1}, [0] * 1000,
)  # fmt: skip


def damaged_bytes(content: bytes, random: Random) -> bytes:
    """Change, remove, repeat or add bytes at one to four places."""
    changed = bytearray(content)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(changed) + 1)
        end = min(len(changed), at + random.choice((1, 2, 4, 16, 200)))
        what = random.randrange(6)
        if what == 0:
            changed[at:end] = random.randbytes(end - at)
        elif what == 1:
            del changed[at:end]
        elif what == 2:
            changed[at:at] = changed[at:end] * random.choice((1, 2, 100))
        elif what == 3:
            edge = struct.pack(random.choice("<>") + "I", random.choice(EDGES))
            changed[at : at + 4] = edge
        elif what == 4:
            del changed[at:]
        elif at < len(changed):
            changed[at] ^= 1 << random.randrange(8)
    return bytes(changed)


def damaged_json(content: bytes, random: Random) -> bytes:
    """Put something else in place of a value, or remove it, or add one; other text is damaged as bytes."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return damaged_bytes(content, random)
    raw = random.choice(RAW) if random.random() < 0.3 else None
    by = MARK if raw is not None else random.choice(VALUES)
    parents = [each for each in _inside(value) if each]
    if not parents or random.random() < 0.05:
        value = by
    else:
        parent = random.choice(parents)
        key = random.choice(list(parent) if isinstance(parent, dict) else range(len(parent)))
        what = random.randrange(6)
        if what == 0:
            del parent[key]
        elif what == 1 and isinstance(parent, dict):
            parent[random.choice(("", "x", "__proto__", "weights", "\ud800"))] = by
        else:
            parent[key] = by
    text = json.dumps(value)
    return (text if raw is None else text.replace(json.dumps(MARK), raw)).encode()


def _inside(value: Any) -> list[Any]:
    """Every list and object in a JSON value, itself too."""
    if not isinstance(value, (dict, list)):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(found for each in inner for found in _inside(each))]


def damaged_lines(content: bytes, random: Random) -> bytes:
    """Damage one line of JSON lines, or repeat, remove or swap lines."""
    lines = content.splitlines(keepends=True)
    at = random.randrange(len(lines)) if lines else 0
    what = random.randrange(4)
    if not lines or what == 0:
        return damaged_bytes(content, random)
    if what == 1:
        lines[at : at + 1] = lines[at : at + 1] * random.choice((0, 2))
    elif what == 2:
        random.shuffle(lines)
    else:
        lines[at] = damaged_json(lines[at], random) + b"\n"
    return b"".join(lines)


def damaged_tensors(content: bytes, random: Random) -> bytes:
    """Damage the JSON header of a safetensors file, its stated length, or any bytes."""
    if len(content) < 8 or random.random() < 0.3:
        return damaged_bytes(content, random)
    (size,) = struct.unpack_from("<Q", content)
    header, data = content[8 : 8 + size], content[8 + size :]
    header = damaged_json(header, random)
    wrong = random.choice((*EDGES, 2**63, 2**64 - 1))
    size = wrong if random.random() < 0.1 else len(header)
    return struct.pack("<Q", size) + header + data


def damaged_picture(content: bytes, random: Random) -> bytes:
    """Damage a chunk of a PNG under a checksum that is right, a segment of a JPEG, or any bytes."""
    if content.startswith(PNG_START) and random.random() < 0.7:
        return PNG_START + _damaged_chunks(content[len(PNG_START) :], random)
    if content.startswith(b"\xff\xd8\xff") and random.random() < 0.5:
        at = content.find(b"\xff", random.randrange(2, len(content)))
        if 0 <= at < len(content) - 4:
            segment = bytes((0xFF, random.randrange(0xC0, 0xFF))) + random.randbytes(2)
            return content[:at] + segment + content[at + random.choice((0, 4)) :]
    return damaged_bytes(content, random)


def _damaged_chunks(content: bytes, random: Random) -> bytes:
    chunks = []
    while len(content) >= 12:
        (size,) = struct.unpack_from(">I", content)
        chunks.append((content[4:8], content[8 : 8 + size]))
        content = content[12 + size :]
    if not chunks:
        return random.randbytes(4)
    at = random.randrange(len(chunks))
    kind, data = chunks[at]
    what = random.randrange(5)
    if what == 0:
        chunks[at : at + 1] = [(kind, data)] * random.choice((0, 2, 50))
    elif what == 1:
        random.shuffle(chunks)
    elif what == 2:
        kinds = (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"gAMA", b"cHRM", b"cICP", b"acTL", b"zTXt")
        chunks.insert(at, (random.choice(kinds), random.randbytes(random.choice((0, 1, 4, 13, 32, 300)))))
    elif what == 3 and kind == b"IDAT":
        chunks[at] = (kind, zlib.compress(random.randbytes(4) * random.choice((1, 1000, 100_000))))
    else:
        chunks[at] = (kind, damaged_bytes(data, random))
    return b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def damaged_member(content: bytes, name: str, random: Random) -> bytes:
    """Damage a file in the way that suits its name."""
    for ending, mutation in _BY_ENDING.items():
        if name.endswith(ending):
            return mutation(content, random)
    return damaged_bytes(content, random)


_BY_ENDING: dict[str, Mutation] = {
    ".json": damaged_json,
    ".jsonl": damaged_lines,
    ".safetensors": damaged_tensors,
    ".png": damaged_picture,
    ".jpg": damaged_picture,
}


def damaged_files(content: bytes, random: Random) -> bytes:
    """Damage, remove or rename members of a ZIP archive, which stays a sound archive."""
    members = zip_members(content)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        name = random.choice(sorted(members)) if members else ""
        what = random.randrange(10)
        if not name or what == 0:
            members.pop(name, None)
        elif what == 1:
            members[random.choice(sorted(members))] = members[name]
        else:
            members[name] = damaged_member(members[name], name, random)
    return zip_of(members)


def damaged_zip(content: bytes, random: Random) -> bytes:
    """Damage what a ZIP archive holds, the names in it, how it is packed, or its bytes."""
    what = random.randrange(10)
    try:
        members = zip_members(content)
    except Exception:  # damaged by an earlier mutation, in any way that its reader does not know
        what = 5
    if what < 5:
        return damaged_files(content, random)
    if what < 8:
        return damaged_bytes(content, random)
    names = ("../x", "/x", "a/../config.json", "config.json", "x" * 300, "snapshots/", "\x00", "con")
    extra = random.choice((b"", b"{}", bytes(1 << 20), random.randbytes(100)))
    packing = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    return zip_of(members, packing, (random.choice(names), extra))


def zip_members(content: bytes) -> dict[str, bytes]:
    """The files in an archive that is known to be sound, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(
    members: dict[str, bytes], packing: int = zipfile.ZIP_STORED, extra: tuple[str, bytes] | None = None
) -> bytes:
    """An archive of these files; with `extra`, of one more, whose name may be there already."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, about a name that is there twice
        for name, content in [*members.items(), *([extra] if extra else [])]:
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return file.getvalue()
