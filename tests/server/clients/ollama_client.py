"""Asks a server, whose model answers `a + b`, with Ollama's client. Usage: ollama_client.py URL"""

import sys

import ollama

CODE = "def add(a, b):\n    return "

client = ollama.Client(host=sys.argv[1])

names = [model.model for model in client.list().models]
assert names == ["pounce:latest", "small:latest"], names

shown = client.show("small")
assert "insert" in shown.capabilities, shown

whole = client.generate(model="pounce", prompt=CODE, suffix="\n", options={"num_predict": 16, "temperature": 0})
assert whole.response == "a + b", whole
assert whole.done_reason == "stop", whole
assert whole.eval_count == 3, whole

parts = list(client.generate(model="small", prompt=CODE, stream=True))
assert "".join(part.response for part in parts) == "a + b", parts
assert parts[-1].done, parts

for refused, blamed, status in [
    ({"format": "json"}, "`format`", 400),
    ({"options": {"mirostat": 2}}, "`mirostat`", 400),
    ({"model": "huge"}, "`model`", 404),
]:
    try:
        client.generate(**{"model": "pounce", "prompt": CODE, **refused})
    except ollama.ResponseError as error:
        assert blamed in error.error and error.status_code == status, error
    else:
        raise AssertionError(f"{blamed} was not refused")
