"""Proves that a folder which skald saved is one of transformers': loads it, and compares with the folder it came from.

    check_saved_folder.py SAVED [ORIGINAL]

SAVED is loaded by transformers, every parameter must come from the files. With ORIGINAL (not quantised), it is loaded
with the quantization_config and dtype of SAVED, and every tensor of the two state dicts must be equal, byte for byte; of
nested 4-bit scales the mean may differ in the last place, and a code in a place. Prints why it does nothing where a
module is missing.
"""
import json
import sys

try:
    import bitsandbytes  # noqa: F401
    import safetensors  # noqa: F401
    import torch
    import transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)


def load(path, **options):
    config = transformers.AutoConfig.from_pretrained(path)
    kind = getattr(transformers, config.architectures[0])
    return kind.from_pretrained(path, output_loading_info=True, **options)


saved, info = load(sys.argv[1])
for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
    assert not info[what], f"{what}: {info[what]}"
found = saved.state_dict()
print(f"{sys.argv[1]}: {len(found)} tensors, dtype {saved.dtype}, loaded by transformers {transformers.__version__}")
if len(sys.argv) > 2:
    config = json.load(open(sys.argv[1] + "/config.json"))
    options = {"dtype": getattr(torch, config.get("dtype") or config.get("torch_dtype") or "float32")}
    if "quantization_config" in config:
        fields = {k: v for k, v in config["quantization_config"].items() if k[0] != "_" and k != "quant_method"}
        options["quantization_config"] = transformers.BitsAndBytesConfig(**fields)
    expected = load(sys.argv[2], **options)[0].state_dict()
    assert sorted(found) == sorted(expected), sorted(set(found) ^ set(expected))
    different = []
    for name, tensor in expected.items():
        other = found[name]
        if "quant_state" in name:
            ours, theirs = (json.loads(bytes(t.tolist())) for t in (other, tensor))
            if abs(ours.pop("nested_offset", 0) - theirs.pop("nested_offset", 0)) < 1e-6 and ours == theirs:
                continue
        assert other.shape == tensor.shape, (name, other.shape, tensor.shape)
        if other.dtype != tensor.dtype:  # norms and biases keep the file's type
            other = other.to(tensor.dtype)
        if torch.equal(other, tensor):
            continue
        if name.endswith(("nested_absmax", "nested_quant_map")) and torch.allclose(other, tensor, rtol=1e-6, atol=1e-7):
            continue
        equal = (other == tensor).float().mean().item()
        if name.endswith(".absmax") and tensor.dtype == torch.uint8:
            # bitsandbytes on the CPU looks nested scales up in a table of 65536 places: on the edge between two codes
            # it may take the other, and near 0 one a few further.
            book = expected[name.replace(".absmax", ".nested_quant_map")]
            near = ((other.float() - tensor.float()).abs() <= 1) | (
                (book[other.long()] - book[tensor.long()]).abs() <= 2 / 65536)
            if near.all() and (other != tensor).sum().item() <= 1 + tensor.numel() // 20:
                continue
        different.append(f"{name}: {equal:.6f} equal")
    assert not different, "\n".join(different)
    print(f"  equal to what transformers makes of {sys.argv[2]}")
for module in saved.modules():  # its shortcut for this processor wants rows of whole blocks
    module.support_avx512bf16_for_cpu = False
ids = torch.tensor([[1, 2, 3, 4]])
with torch.no_grad():
    out = saved(ids)
values = out.logits if "logits" in out else out.last_hidden_state
assert torch.isfinite(values).all()
