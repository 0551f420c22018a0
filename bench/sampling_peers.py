"""Logits to a token, beside llama.cpp's sampler chain and torch: microseconds of all three by turns, one thread.

    sampling_peers.py --skald build/bench/bench_sampling [--vocab 128256] [--rounds 5]

The rows are those of bench_sampling (`language`, `normal`). llama.cpp: temperature, top_k and top_p of
llama_sampler_chain, then llama_sampler_dist; what its library takes to list the candidates from the logits is not
counted. torch: transformers' warpers and torch.multinomial. One line of JSON a chain and row; the ratio is the faster
peer's time over ours.
"""
import argparse
import ctypes
import json
import math
import statistics
import subprocess
import time

import llama_cpp
import numpy
import torch
from transformers.generation import logits_process

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--skald", required=True)
parser.add_argument("--vocab", type=int, default=128256)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--runs", type=int, default=31)
a = parser.parse_args()
torch.set_num_threads(1)

random = numpy.random.default_rng(1)
language = random.normal(0, 2, a.vocab).astype(numpy.float32)
for rank in range(40):
    language[random.integers(a.vocab)] = 18 - 1.3 * math.log(1 + rank)
rows = {"language": language, "normal": random.normal(0, 1, a.vocab).astype(numpy.float32)}

chains = {
    "temperature+top_k+top_p": {
        "llama.cpp": [("top_k", 50), ("top_p", 0.9, 1), ("temp", 0.8)],
        "torch": [logits_process.TemperatureLogitsWarper(0.8), logits_process.TopKLogitsWarper(50),
                  logits_process.TopPLogitsWarper(0.9)]},
    "top_p": {"llama.cpp": [("top_p", 0.9, 1)], "torch": [logits_process.TopPLogitsWarper(0.9)]},
}


def ours(name):
    lines = subprocess.run([a.skald, "--json", "--vocab", str(a.vocab), "--runs", str(a.runs), "--only", name],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    found = [json.loads(line) for line in lines]
    return {f["scores"]: f["microseconds"] for f in found if f["chain"] == name}


def of_llama(links, row):
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    for name, *arguments in links:
        llama_cpp.llama_sampler_chain_add(chain, getattr(llama_cpp, f"llama_sampler_init_{name}")(*arguments))
    llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_dist(1))
    entry = numpy.dtype([("id", numpy.int32), ("logit", numpy.float32), ("p", numpy.float32)], align=True)
    fresh = numpy.zeros(a.vocab, entry)
    fresh["id"] = numpy.arange(a.vocab)
    fresh["logit"] = row
    work = fresh.copy()
    pointer = work.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
    times = []
    for _ in range(a.runs):
        work[:] = fresh
        candidates = llama_cpp.llama_token_data_array(data=pointer, size=a.vocab, selected=-1, sorted=False)
        start = time.perf_counter()
        llama_cpp.llama_sampler_apply(chain, ctypes.byref(candidates))
        times.append(time.perf_counter() - start)
    llama_cpp.llama_sampler_free(chain)
    return 1e6 * statistics.median(times)


def of_torch(warpers, row):
    fresh = torch.from_numpy(row)[None]
    ids = torch.zeros(1, 16, dtype=torch.long)
    times = []
    for _ in range(a.runs):
        scores = fresh.clone()
        start = time.perf_counter()
        for warper in warpers:
            scores = warper(ids, scores)
        torch.multinomial(torch.softmax(scores, -1), 1).item()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


for name, peers in chains.items():
    times = {scores: {"skald": [], "llama.cpp": [], "torch": []} for scores in rows}
    for _ in range(a.rounds):
        mine = ours(name)
        for scores, row in rows.items():
            times[scores]["skald"].append(mine[scores])
            times[scores]["llama.cpp"].append(of_llama(peers["llama.cpp"], row))
            times[scores]["torch"].append(of_torch(peers["torch"], row))
    for scores, found in times.items():
        line = {who: round(statistics.median(each), 1) for who, each in found.items()}
        best = min(line["llama.cpp"], line["torch"])
        print(json.dumps({"chain": name, "scores": scores, "microseconds": line, "ratio": round(best / line["skald"], 2)}))
