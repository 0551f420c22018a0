"""Random Unicode and what Hugging Face tokenizers makes of it: writes random_unicode.json beside itself.

Needs `pip install tokenizers==0.23.3`. Texts are drawn from all planes, assigned or not, with runs of combining marks,
odd white space, and pieces of plain text. Of each encoding (with special tokens) the file holds one number: FNV-1a, 64
bits, over the ids, the offsets in code points and the decoded text, integers as four bytes, lowest first.
"""
import json
import pathlib
import random
import struct

from tokenizers import Tokenizer

here = pathlib.Path(__file__).parent
names = ["bpe_gpt2", "bpe_llama3", "bpe_qwen2", "bpe_o200k", "bpe_deepseek3", "bpe_deepseek_coder", "bpe_starcoder",
         "bpe_tekken", "bpe_llama2", "bpe_gemma", "bpe_clip", "bpe_roberta", "bpe_qwen35_marks", "uni_t5", "uni_xlmr",
         "uni_albert", "uni_nmt_nfkc", "class_bert", "class_bert_cased", "added_flags_normalized"]
draw = random.Random(20261121)
pools = [
    ["the", "Hello", " world", "ing", "'s", "'LL", "don't", "123", "4567890", "_", "...", "://", "İstanbul", "Straße"],
    [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\u1680", "\u2003",
     "\u200b", "\ufeff", "\u180e", "\u202f"],
    [chr(c) for c in range(0x300, 0x370)] + ["e\u0301", "a\u0323\u0307", "\u1100\u1161\u11a8", "\u0958", "\ufb01",
                                            "\u212b", "\u0345", "\u0334", "\u093c", "\u3099"],
    ["\U0001F642", "\U0001F468\u200d\U0001F469\u200d\U0001F467", "\U0001F1EB\U0001F1F7", "\u2764\ufe0f", "1\ufe0f\u20e3"],
    ["\u00bd", "\u00b2", "\u2167", "\u0663", "\u0967", "\u2460", "\uff11", "\U0001D7D8"],
    ["\x00", "\x01", "\x7f", "\x80", "\u00ad", "\u200d", "\u200e", "\ufffd", "\ufffe", "\U0010FFFF", "\ue000"],
]


def any_code_point():
    while True:
        c = draw.randrange(0x110000) if draw.random() < 0.6 else draw.randrange(0x3100)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def text():
    kind, n = draw.random(), draw.choice([1, 2, 3, 5, 8, 13, 30, 60])
    if kind < 0.1:
        return draw.choice(draw.choice(pools)) * draw.randrange(1, 80) + any_code_point()
    if kind < 0.45:
        return "".join(any_code_point() for _ in range(n))
    some = draw.sample(pools, 2) if kind < 0.65 else pools
    return "".join(any_code_point() if draw.random() < 0.1 else draw.choice(draw.choice(some)) for _ in range(n))


def digest(encoding, decoded):
    data = b"".join(struct.pack("<i", i) for i in encoding.ids)
    data += b"".join(struct.pack("<ii", *offset) for offset in encoding.offsets) + decoded.encode()
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return format(value, "016x")


texts = [text() for _ in range(250)]
expected = {}
for name in names:
    tokenizer = Tokenizer.from_file(str(here / name / "tokenizer.json"))
    encodings = [tokenizer.encode(t) for t in texts]
    expected[name] = [digest(e, tokenizer.decode(e.ids, skip_special_tokens=False)) for e in encodings]
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in expected.items())
(here / "random_unicode.json").write_text(
    '{"texts": [\n' + ",\n".join(json.dumps(t) for t in texts) + '],\n"expected": {\n' + lines + "}}\n")
