"""Decoding beside transformers and bitsandbytes: tokens a second of both by turns, and the median of the ratios.

    peers.py FOLDER --skald build/bench/bench_end_to_end [--precisions fp32,bf16,bnb_nf4] [--threads 1,2] [--rounds 5]

FOLDER is what bench_make_model writes. Needs torch and transformers, and bitsandbytes for bnb_int8 and bnb_nf4. One
line of JSON for each precision and number of threads. Both decode 64 tokens after a prompt of 64, greedily.
"""
import argparse
import gc
import json
import statistics
import subprocess
import time

import torch
import transformers

TOKENS = 64


def load(folder, precision):
    options = {"dtype": {"fp32": torch.float32, "fp16": torch.float16}.get(precision, torch.bfloat16)}
    if precision == "bnb_nf4":
        options["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
    elif precision == "bnb_int8":
        options["quantization_config"] = transformers.BitsAndBytesConfig(load_in_8bit=True)
    return transformers.AutoModelForCausalLM.from_pretrained(folder, device_map="cpu", **options).eval()


@torch.inference_mode()
def theirs(model):
    cache = transformers.DynamicCache(config=model.config)
    out = model(torch.ones(1, TOKENS, dtype=torch.long), past_key_values=cache, use_cache=True, logits_to_keep=1)
    start = time.perf_counter()
    for _ in range(TOKENS - 1):
        out = model(out.logits[:, -1:].argmax(-1), past_key_values=cache, use_cache=True)
    out.logits[:, -1:].argmax(-1).item()
    return (TOKENS - 1) / (time.perf_counter() - start)


def ours(program, folder, precision, threads):
    command = [program, folder, f"--threads={threads}", f"--benchmark_filter=end_to_end/{precision}$",
               "--benchmark_format=json", "--benchmark_min_time=0.5"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["benchmarks"][0]
    return found["tokens/s"], found["of_bandwidth"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--skald", required=True)
    parser.add_argument("--precisions", default="fp32,bf16,fp16,bnb_int8,bnb_nf4")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    a = parser.parse_args()
    transformers.logging.set_verbosity_error()
    for precision in a.precisions.split(","):
        model = load(a.folder, precision)
        for threads in map(int, a.threads.split(",")):
            torch.set_num_threads(threads)
            theirs(model)
            rounds = []
            for _ in range(a.rounds):
                peer = theirs(model)
                time.sleep(0.3)  # its threads go to sleep
                rounds.append((peer, *ours(a.skald, a.folder, precision, threads)))
            middle = lambda values: round(statistics.median(values), 3)
            print(json.dumps({"precision": precision, "threads": threads, "transformers": middle(r[0] for r in rounds),
                              "skald": middle(r[1] for r in rounds), "ratio": middle(r[1] / r[0] for r in rounds),
                              "of_bandwidth": middle(r[2] for r in rounds)}), flush=True)
        del model
        gc.collect()


main()
