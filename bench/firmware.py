#!/usr/bin/env python3
"""Instructions per token and sizes of examples/firmware/, per target and precision, compared with docs/firmware.md.

usage: firmware.py --skald PROGRAM [--precision int8 ...] [--target NAME ...] [--build FOLDER] [--write]

PROGRAM is the program `skald`, which makes the images.

Counted is what the tokens 5 to 20 of the story take, as the difference of two programs, divided by 16:
  host      callgrind (valgrind)
  Linux     QEMU's log of the blocks that it runs, times the instructions in each (-d nochain,exec,in_asm)
  Cortex-M  SysTick under -icount shift=0, where an instruction takes one nanosecond: exact to 40 / 16
A target or tool that is not here is left out. Ends with 1 where a count is more than 3 % above the table's, or a text is
not the same as on the first target; --write writes the table.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
example = root / "examples" / "firmware"
page = root / "docs" / "firmware.md"
model = root / "examples" / "models" / "skald-tales-260k"
precisions = ["int8", "nf4", "fp16", "fp32"]
begin, end = "<!-- instructions -->\n", "<!-- /instructions -->"
few, many = 4, 20
allowed = 1.03
targets = ["host"] + sorted((f.stem for f in (example / "toolchains").glob("*.cmake") if f.stem != "cortex_m"),
                            key=lambda name: (name.rstrip("0123456789"), int(re.search(r"\d*$", name)[0] or 0)))


def toolchain(target):
    return (example / "toolchains" / f"{target}.cmake").read_text() if target != "host" else ""


def embed(skald, folder, precision):
    """The header of the model in this precision, with its weights in a file beside it."""
    at = folder / precision
    at.mkdir(parents=True, exist_ok=True)
    subprocess.run([skald, "embed", model, "--precision", precision, "--out", at / "tales_260k_image.S",
                    "--name", "tales_260k"], check=True, stdout=subprocess.DEVNULL)
    return at / "tales_260k_image.hpp"


def build(folder, target, precision, image, tokens):
    """The program."""
    options = [f"-DSTORY_IMAGE={image}", f"-DSTORY_TOKENS={tokens}"]
    if target != "host":
        options.append(f"-DCMAKE_TOOLCHAIN_FILE={example / 'toolchains' / target}.cmake")
    at = folder / f"{target}_{precision}_{tokens}"
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["cmake", "-S", example, "-B", at, "-G", "Ninja", *options], **quiet)
    subprocess.run(["cmake", "--build", at], **quiet)
    return at / "story.elf"


def by_callgrind(program):
    out = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program],
                         check=True, capture_output=True, text=True)
    return int(re.search(r"Collected : (\d+)", out.stderr)[1]), out.stdout


def by_blocks(emulator, program):
    """A block is logged with its instructions when it is translated, and by its address each time it is run."""
    run = subprocess.Popen([emulator, "-d", "nochain,exec,in_asm", "-D", "/dev/stderr", program],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    sizes, total, fresh = {}, 0, 0
    for line in run.stderr:
        if line.startswith(b"Trace"):
            block = line[9:line.index(b" ", 9)]
            if fresh:
                sizes[block], fresh = fresh, 0
            total += sizes[block]
        elif line.startswith(b"0x"):
            fresh += 1
        elif line.startswith(b"IN:"):
            fresh = 0
    said = run.stdout.read().decode()  # a story fits a pipe
    if run.wait() != 0:
        sys.exit(f"{program} did not end well")
    return total, said


def by_clock(machine, program):
    out = subprocess.run(["qemu-system-arm", "-M", machine, "-nographic", "-monitor", "none", "-serial", "none",
                          "-semihosting-config", "enable=on,target=native", "-icount", "shift=0", "-kernel", program],
                         check=True, capture_output=True, text=True)
    said = out.stdout + out.stderr
    return 40 * int(re.search(r"(\d+) ticks", said)[1]), said  # 25 MHz


def counter(target):
    """Gives the instructions of a program for this target, and what it printed; None where a tool is not here."""
    if target == "host":
        return by_callgrind if shutil.which("valgrind") else None
    text = toolchain(target)
    machine = re.search(r"FIRMWARE_MACHINE (\S+)\)", text)
    emulator = "qemu-system-arm" if machine else re.search(r"EMULATOR (\S+)\)", text)[1]
    compiler = "arm-none-eabi-g++" if machine else re.search(r"CXX_COMPILER (\S+)\)", text)[1]
    if not shutil.which(compiler) or not shutil.which(emulator):
        return None
    return (lambda p: by_clock(machine[1], p)) if machine else (lambda p: by_blocks(emulator, p))


def sizes(target, program):
    """Code, constants without the weights, RAM with the stack: what the linker script says; empty on systems."""
    if not target.startswith("cortex_m"):
        return ["", "", ""]
    at, weights = {}, 0
    for line in subprocess.run(["arm-none-eabi-nm", "-S", program], check=True, capture_output=True,
                               text=True).stdout.splitlines():
        words = line.split()
        at[words[-1]] = int(words[0], 16)
        if words[-1] == "tales_260k_image":
            weights = int(words[1], 16)

    def between(first, last):
        return at[last] - at[first]

    code = between("code_begin", "code_end")
    ram = between("data_begin", "data_end") + between("bss_begin", "bss_end") + between("stack_bottom", "stack_top")
    return [code, between("flash_begin", "flash_end") - code - weights, ram]


def table_of(rows):
    lines = ["| target | precision | instructions per token | code | constants | RAM |", "| --- | --- | --- | --- | --- | --- |"]
    for (target, precision), values in rows.items():
        lines.append("| " + " | ".join([target, precision] + [f"{v:,}" if v != "" else "" for v in values]) + " |")
    return "\n".join(lines) + "\n"


def kept():
    text = page.read_text()
    rows = {}
    for line in text[text.index(begin):text.index(end)].splitlines()[3:]:
        cells = [c.strip() for c in line.strip("|").split("|")]
        rows[cells[0], cells[1]] = [int(c.replace(",", "")) if c else "" for c in cells[2:]]
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--skald", type=pathlib.Path, required=True)
    parser.add_argument("--precision", action="append", choices=precisions)
    parser.add_argument("--target", action="append", choices=targets)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("firmware-build"))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()

    before, now, told, worse = kept(), {}, {}, False
    folder = arguments.build.resolve()
    images = {p: embed(arguments.skald.resolve(), folder, p) for p in arguments.precision or precisions}
    for target in arguments.target or targets:
        count = counter(target)
        if not count:
            print(f"{target}: left out, its compiler or what counts is not here", file=sys.stderr)
            continue
        for precision, image in images.items():
            programs = [build(folder, target, precision, image, n) for n in (few, many)]
            (least, _), (most, said) = map(count, programs)
            per_token = round((most - least) / (many - few))
            text = said[:said.index("\n----\n")]
            if told.setdefault(precision, text) != text:
                worse = True
                print(f"another text: {target} {precision}: {text!r}, not {told[precision]!r}", file=sys.stderr)
            now[target, precision] = [per_token, *sizes(target, programs[1])]
            old = before.get((target, precision), [0])[0]
            if old and per_token > old * allowed:
                worse = True
                print(f"regression: {target} {precision}: {per_token:,} instructions per token, {old:,} in "
                      f"{page.name}: {100 * (per_token / old - 1):.1f} % more", file=sys.stderr)
    print(table_of(now), end="")
    if arguments.write:
        text = page.read_text()
        at = text.index(begin) + len(begin)
        page.write_text(text[:at] + table_of({**before, **now}) + text[text.index(end):])
    return 1 if worse else 0


sys.exit(main())
