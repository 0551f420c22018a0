"""An encoder beside torch: seconds of a step of both by turns, and the median of the ratios.

    encoder_peers.py --skald build/bench/bench_encoder [--dtypes float32,bfloat16] [--compute_dtype bfloat16]
                     [--threads 1] [--rounds 5] [--rows 32] [--tokens 128]

Makes a BERT of MiniLM-L6's shape with random weights. torch runs it eagerly and compiled, with its own attention;
--compute_dtype is what skald multiplies bfloat16 weights in. One line of JSON for each dtype and number of threads; the
ratio is to the faster of torch's two.
"""
import argparse
import json
import statistics
import subprocess
import tempfile
import time

import torch
import transformers

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--skald", required=True)
parser.add_argument("--dtypes", default="float32,bfloat16")
parser.add_argument("--compute_dtype", default="bfloat16")
parser.add_argument("--threads", default="1")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--rows", type=int, default=32)
parser.add_argument("--tokens", type=int, default=128)
a = parser.parse_args()


def ours(folder, dtype, threads):
    compute = a.compute_dtype if dtype == "bfloat16" else "float32"
    command = [a.skald, folder, f"--dtype={dtype}", f"--compute_dtype={compute}", f"--threads={threads}",
               f"--rows={a.rows}", f"--tokens={a.tokens}", "--rounds=3"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["seconds"]


def theirs(model, ids, mask):
    seconds = []
    with torch.inference_mode():
        for _ in range(3):
            start = time.perf_counter()
            model(input_ids=ids, attention_mask=mask).last_hidden_state.sum().item()
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


config = transformers.BertConfig(vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
                                 intermediate_size=1536, max_position_embeddings=512)
torch.manual_seed(1)
with tempfile.TemporaryDirectory() as folder:
    transformers.BertModel(config).save_pretrained(folder)
    ids = torch.randint(0, config.vocab_size, (a.rows, a.tokens))
    mask = torch.ones_like(ids)
    for dtype in a.dtypes.split(","):
        model = transformers.BertModel.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
        compiled = torch.compile(model)
        for threads in map(int, a.threads.split(",")):
            torch.set_num_threads(threads)
            for m in (model, compiled):
                theirs(m, ids, mask)
            rounds = []
            for _ in range(a.rounds):
                rounds.append((theirs(model, ids, mask), theirs(compiled, ids, mask), ours(folder, dtype, threads)))
                time.sleep(0.3)  # torch's threads go to sleep
            middle = lambda values: round(statistics.median(values), 4)
            print(json.dumps({"dtype": dtype, "threads": threads, "eager": middle(r[0] for r in rounds),
                              "compiled": middle(r[1] for r in rounds), "skald": middle(r[2] for r in rounds),
                              "ratio": middle(min(r[:2]) / r[2] for r in rounds)}), flush=True)
