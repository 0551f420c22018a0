"""Hugging Face tokenizers for bench_tokenize, which starts this and talks to it over pipes.

Request, one line with tabs: tokenizer.json, text file, "document" or "lines", "ids" or "offsets".
Answer: seconds of one run, tokens, sum of the ids. "load" instead of a shape: seconds to load.
"""
import sys
import time

from tokenizers import Tokenizer

loaded = {}


def encode(path, text, shape, kind):
    if path not in loaded:
        loaded[path] = Tokenizer.from_file(path)
    tokenizer = loaded[path]
    with open(text, encoding="utf-8", newline="") as file:
        content = file.read()
    texts = content.split("\n") if shape == "lines" else [content]
    run = tokenizer.encode_batch_fast if kind == "ids" else tokenizer.encode_batch
    start = time.perf_counter()
    encodings = run(texts, add_special_tokens=False)
    seconds = time.perf_counter() - start
    tokens = [encoding.ids for encoding in encodings]
    return seconds, sum(map(len, tokens)), sum(map(sum, tokens))


print("ready", flush=True)
for line in sys.stdin:
    path, text, shape, kind = line.rstrip("\n").split("\t")
    if shape == "load":
        start = time.perf_counter()
        Tokenizer.from_file(path)
        print(time.perf_counter() - start, 0, 0, flush=True)
    else:
        print(*encode(path, text, shape, kind), flush=True)
