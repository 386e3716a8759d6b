"""How a vector is written."""
import base64
import json
import pathlib

HERE = pathlib.Path(__file__).parent.parent
AREAS = ["signature", "note", "vkey", "checkpoint", "cosignature", "inclusion", "consistency", "tile", "policy", "receipt"]
LOG = "example.org/log"


def b64(data):
    return base64.b64encode(data).decode()


def write(area, name, description, source, error=None, **fields):
    path = HERE / area / f"{name}.json"
    assert area in AREAS and not path.exists(), path
    vector = {"description": description, "source": source, **fields, "error": error}
    path.write_text(json.dumps(vector, indent=1, ensure_ascii=False) + "\n")


def text_or_base64(field, data):
    """Text where it is UTF-8, so that a person can read the vector; otherwise base64 under another field name."""
    data = data.encode() if isinstance(data, str) else data
    try:
        return {field: data.decode()}
    except UnicodeDecodeError:
        return {field + "_base64": b64(data)}
