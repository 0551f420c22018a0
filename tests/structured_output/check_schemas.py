"""Proves that what is written under a schema is valid: random schemas, texts drawn under each from random scores by the
program `sample`, and Python's json and jsonschema to judge them.

    check_schemas.py SAMPLE TOKENIZER|bytes [SCHEMAS [TIMES [SEED]]]

Prints why it does nothing where jsonschema is missing.
"""
import json
import random
import subprocess
import sys

try:
    import jsonschema
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)

program, tokenizer = sys.argv[1:3]
schemas_wanted, times, seed = (int(sys.argv[i]) if len(sys.argv) > i else v for i, v in ((3, 1000), (4, 3), (5, 1)))
rng = random.Random(seed)
NAMES = ["a", "b", "name", "naïve", "x y", "quo\"te", "back\\slash", "tab\t", "id", "idx", "", "ключ", "a/b", "~",
         "🦊"]
PATTERNS = ["^[a-z]+$", "b", "^(foo|bar)[0-9]{2,4}$", "^\\d{3}-\\d{4}$", "[\"\\\\]", "^.{2,5}$", "^[^a]*$", "x|^y$",
            "^\\w+\\s\\S+$", "^[\\t\\n ]?$"]
FORMATS = ["date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "hostname", "uri", "duration"]


def some(pool, least=0):
    return rng.sample(pool, rng.randint(least, min(4, len(pool))))


def value(depth=1):
    kinds = [None, True, False, rng.randint(-99, 99), rng.choice([0.5, -1.25, 1e20, 3.0, 1e-7]), rng.choice(NAMES)]
    if depth:
        kinds += [[value(0) for _ in range(rng.randint(0, 3))], {n: value(0) for n in some(NAMES)}]
    return rng.choice(kinds)


def number(schema, digits):
    low = round(rng.uniform(-300, 300) * rng.choice([1, 1, 0.01, 1e6]), digits)
    high = round(low + rng.choice([0.5, 1, 7, 150, 1e4]) + 10 ** -digits, digits)
    if rng.random() < 0.6:
        schema[rng.choice(["minimum", "exclusiveMinimum"])] = low
    if rng.random() < 0.6:
        schema[rng.choice(["maximum", "exclusiveMaximum"])] = high + (2 if digits == 0 else 0)
    return schema


def scalar():
    kind = rng.randrange(9)
    if kind == 0:
        schema = {"type": "string"}
        if rng.random() < 0.6:
            schema["minLength"] = rng.randint(0, 5)
        if rng.random() < 0.6:
            schema["maxLength"] = rng.choice([5, 8, 60, 400])
        return schema
    if kind == 1:
        return {"type": "string", "pattern": rng.choice(PATTERNS)}
    if kind == 2:
        return {"type": "string", "format": rng.choice(FORMATS)}
    if kind == 3:
        return number({"type": "integer"}, 0)
    if kind == 4:
        return number({"type": "number"}, rng.randint(0, 3))
    if kind == 5:
        return {"enum": [value() for _ in range(rng.randint(1, 5))]}
    if kind == 6:
        return {"const": value()}
    return {"type": rng.choice(["boolean", "null", "integer", "number", "string", ["string", "null"],
                                ["integer", "array"], "object", "array"])}


def schema_of(depth, names):
    kind = rng.randrange(10) if depth else 0
    if kind < 3:
        return scalar()
    inner = lambda: schema_of(depth - 1, names)
    if kind < 6:
        schema = {"type": "object"}
        chosen = some(NAMES, 1)
        schema["properties"] = {n: inner() for n in chosen}
        schema["required"] = [n for n in chosen if rng.random() < 0.5]
        more = rng.random()
        if more < 0.4:
            schema["additionalProperties"] = rng.choice([True, False, inner()])
        elif more < 0.5:
            schema = {"type": "object", "patternProperties": {rng.choice(PATTERNS): inner()}}
        elif more < 0.6:
            schema = {"type": "object", "additionalProperties": inner(), "minProperties": 1, "maxProperties": 3}
        return schema
    if kind < 8:
        schema = {"type": "array"}
        if rng.random() < 0.4:
            schema["prefixItems"] = [inner() for _ in range(rng.randint(1, 3))]
        if rng.random() < 0.7:
            schema["items"] = rng.choice([inner(), inner(), False, True])
        least = rng.randint(0, 3)
        if rng.random() < 0.5 and schema.get("items") is not False:
            schema["minItems"] = least
        if rng.random() < 0.5:
            schema["maxItems"] = least + rng.choice([0, 1, 3, 90])
        return schema
    if kind == 8:
        if rng.random() < 0.5 or not names:
            return {rng.choice(["anyOf", "anyOf"]): [inner() for _ in range(rng.randint(1, 3))]}
        return {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/" + rng.choice(names)}]}
    parts = [{"type": "object", "properties": {n: inner() for n in some(NAMES[:5], 1)}} for _ in range(2)]
    parts[0]["required"] = [n for n in parts[0]["properties"] if rng.random() < 0.5]
    return {"allOf": parts, "title": "both", "description": "x"}


def document():
    names = ["node", "leaf"] if rng.random() < 0.4 else []
    schema = schema_of(rng.randint(0, 3), names)
    if names:
        schema["$defs"] = {n: schema_of(2, names) for n in names}
    return schema


def is_circular(schema):
    """A reference that leads to itself without a value between: no validator can answer."""
    try:
        for each in [schema, *({**d, "$defs": schema["$defs"]} for d in schema.get("$defs", {}).values())]:
            jsonschema.Draft202012Validator(each).is_valid(object())
    except RecursionError:
        return True
    except Exception:
        pass
    return False


CHECKS = jsonschema.Draft202012Validator.FORMAT_CHECKER
schemas = []
while len(schemas) < schemas_wanted:
    schema = document()
    if not is_circular(schema):
        schemas.append(schema)
for s in schemas:
    jsonschema.Draft202012Validator.check_schema(s)
lines = "".join(json.dumps(s, ensure_ascii=rng.random() < 0.5) + "\n" for s in schemas)
written = subprocess.run([program, tokenizer, str(times)], input=lines.encode(), stdout=subprocess.PIPE, check=True)
valid, refused, wrong = 0, {}, []
for line in written.stdout.decode(errors="replace").rstrip("\n").split("\n"):
    where, text = line.split(" ", 1)
    schema = schemas[int(where)]
    if text.startswith("! "):
        refused[int(where)] = text
        continue
    text = json.loads(text)
    try:
        jsonschema.Draft202012Validator(schema, format_checker=CHECKS).validate(json.loads(text))
        valid += 1
    except (ValueError, jsonschema.ValidationError) as e:
        wrong.append(f"{json.dumps(schema)}\n  wrote {text}\n  {str(e).splitlines()[0]}")
for why in wrong[:10]:
    print(why)
unexpected = [f"{json.dumps(schemas[i])}\n  {why}" for i, why in refused.items()
              if "supported" not in why and "matches no text" not in why]
for why in unexpected[:10]:
    print(why)
good = len(schemas) - len(refused)
print(f"{len(schemas)} schemas, {good} accepted, {len(refused)} refused; {valid} texts valid, {len(wrong)} not")
sys.exit(bool(wrong or unexpected or valid < times * good or good < 0.8 * len(schemas)))
