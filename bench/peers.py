"""Decoding beside other engines: tokens a second of both by turns, and the median of the ratios.

    peers.py FOLDER --skald build/bench/bench_end_to_end [--gguf GGUF_FOLDER] [--precisions fp32,bf16,bnb_nf4]
             [--compute_dtype float32] [--threads 1,2] [--rounds 5]

FOLDER is what bench_make_model writes; it runs in transformers, with bitsandbytes for bnb_int8 and bnb_nf4. With --gguf
llama.cpp runs instead, through llama-cpp-python: f32.gguf, bf16.gguf, f16.gguf, q8_0.gguf and q4_0.gguf of the same
shape stand beside fp32, bf16, fp16, int8 and nf4. One line of JSON for each precision and number of threads. Both decode
64 tokens after a prompt of 64, greedily.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import time

TOKENS = 64


class Transformers:
    name = "transformers"

    def __init__(self, folder, precision):
        import torch
        import transformers
        transformers.logging.set_verbosity_error()
        self.torch, self.transformers = torch, transformers
        options = {"dtype": {"fp32": torch.float32, "fp16": torch.float16}.get(precision, torch.bfloat16)}
        if precision == "bnb_nf4":
            options["quantization_config"] = transformers.BitsAndBytesConfig(
                load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
        elif precision == "bnb_int8":
            options["quantization_config"] = transformers.BitsAndBytesConfig(load_in_8bit=True)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(folder, device_map="cpu", **options).eval()

    def decode(self, threads):
        torch = self.torch
        torch.set_num_threads(threads)
        with torch.inference_mode():
            cache = self.transformers.DynamicCache(config=self.model.config)
            prompt = torch.ones(1, TOKENS, dtype=torch.long)
            out = self.model(prompt, past_key_values=cache, use_cache=True, logits_to_keep=1)
            start = time.perf_counter()
            for _ in range(TOKENS - 1):
                out = self.model(out.logits[:, -1:].argmax(-1), past_key_values=cache, use_cache=True)
            out.logits[:, -1:].argmax(-1).item()
            return (TOKENS - 1) / (time.perf_counter() - start)


class LlamaCpp:
    name = "llama.cpp"
    files = {"fp32": "f32", "bf16": "bf16", "fp16": "f16", "int8": "q8_0", "nf4": "q4_0"}

    def __init__(self, folder, precision):
        import llama_cpp
        self.c = llama_cpp
        self.model = llama_cpp.llama_model_load_from_file(
            str(pathlib.Path(folder) / (self.files[precision] + ".gguf")).encode(),
            llama_cpp.llama_model_default_params())
        self.vocab = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))

    def feed(self, context, tokens):
        array = (self.c.llama_token * len(tokens))(*tokens)
        if self.c.llama_decode(context, self.c.llama_batch_get_one(array, len(tokens))):
            raise RuntimeError("llama_decode failed")
        self.c.llama_synchronize(context)

    def decode(self, threads):
        options = self.c.llama_context_default_params()
        options.n_ctx, options.n_threads, options.n_threads_batch = 4 * TOKENS, threads, threads
        context = self.c.llama_init_from_model(self.model, options)
        self.feed(context, [1] * TOKENS)
        start = time.perf_counter()
        for i in range(TOKENS - 1):  # which tokens does not matter: nothing depends on them
            self.feed(context, [(i * 7919 + 3) % self.vocab])
        rate = (TOKENS - 1) / (time.perf_counter() - start)
        self.c.llama_free(context)
        return rate

    def __del__(self):
        self.c.llama_model_free(self.model)


def ours(a, precision, threads):
    command = [a.skald, a.folder, f"--threads={threads}", f"--compute_dtype={a.compute_dtype}",
               f"--benchmark_filter=end_to_end/{precision}$",
               "--benchmark_format=json", "--benchmark_min_time=0.5"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["benchmarks"][0]
    return found["tokens/s"], found["of_bandwidth"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--skald", required=True)
    parser.add_argument("--gguf")
    parser.add_argument("--precisions")
    parser.add_argument("--compute_dtype", default="float32")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    a = parser.parse_args()
    precisions = a.precisions or ("fp32,bf16,fp16,int8,nf4" if a.gguf else "fp32,bf16,fp16,bnb_int8,bnb_nf4")
    for precision in precisions.split(","):
        peer = LlamaCpp(a.gguf, precision) if a.gguf else Transformers(a.folder, precision)
        for threads in map(int, a.threads.split(",")):
            peer.decode(threads)
            rounds = []
            for _ in range(a.rounds):
                theirs = peer.decode(threads)
                time.sleep(0.3)  # its threads go to sleep
                rounds.append((theirs, *ours(a, precision, threads)))
            middle = lambda values: round(statistics.median(values), 3)
            print(json.dumps({"precision": precision, "threads": threads, peer.name: middle(r[0] for r in rounds),
                              "skald": middle(r[1] for r in rounds), "ratio": middle(r[1] / r[0] for r in rounds),
                              "of_bandwidth": middle(r[2] for r in rounds)}), flush=True)
        del peer


main()
