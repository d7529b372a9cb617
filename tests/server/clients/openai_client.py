"""Asks a server, whose model answers `a + b`, with OpenAI's client. Usage: openai_client.py URL"""

import sys

import openai

CODE = "def add(a, b):\n    return "

client = openai.OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="none", max_retries=0)

names = [model.id for model in client.models.list()]
assert names == ["pounce", "small"], names

whole = client.completions.create(model="pounce", prompt=CODE, suffix="\n", max_tokens=16, logprobs=0)
assert whole.choices[0].text == "a + b", whole
assert whole.choices[0].finish_reason == "stop", whole
assert whole.choices[0].logprobs.tokens == ["a + b"], whole
assert whole.usage.completion_tokens == 3, whole

two = client.completions.create(model="small", prompt=CODE, n=2)
assert [choice.index for choice in two.choices] == [0, 1], two

parts = client.completions.create(
    model="pounce", prompt=CODE, stop=["\n"], stream=True, stream_options={"include_usage": True}
)
parts = list(parts)
text = "".join(choice.text for part in parts for choice in part.choices)
assert text == "a + b", parts
assert parts[-1].usage is not None, parts

for refused, blamed in [({"echo": True}, "echo"), ({"logprobs": 5}, "logprobs"), ({"best_of": 4}, "best_of")]:
    try:
        client.completions.create(model="pounce", prompt=CODE, **refused)
    except openai.BadRequestError as error:
        assert error.param == blamed, error
    else:
        raise AssertionError(f"{blamed} was not refused")

try:
    client.completions.create(model="gpt-9", prompt=CODE)
except openai.NotFoundError as error:
    assert error.code == "model_not_found", error
else:
    raise AssertionError("an unknown model was not refused")
