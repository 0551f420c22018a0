"""Draws what `bench_linear --json` prints: the share of the read ceiling by precision and instruction set, as SVG.

    bench_linear --json --level portable --level avx2 --level best > lines.json
    python3 plot_linear.py lines.json [--bar nf4=0.9 ...] > linear.svg

A panel for each number of threads and rows. A bar is the median over the shapes, its thin line goes from the least to
the most; the dashed line is the share that one row is to reach.
"""
import json
import statistics
import sys

# The share of the ceiling that decoding one token is to reach.
BARS = {"fp32": 0.95, "bf16": 0.95, "fp16": 0.90, "int8": 0.92, "nf4": 0.90, "nf4_double": 0.90}
COLORS = ["#9aa5b1", "#4f8fc0", "#1b4f72", "#c0764f"]
WIDTH, HEIGHT, LEFT, TOP, GROUP = 150, 160, 48, 34, 20  # of a precision, of a panel, margins, between precisions


def read(lines):
    """{(threads, rows): {precision: {level: [shares]}}}, in the order of the file."""
    panels = {}
    for line in lines:
        if line.strip():
            one = json.loads(line)
            panel = panels.setdefault((one["threads"], one["rows"]), {})
            panel.setdefault(one["precision"], {}).setdefault(one["level"], []).append(one["share"])
    return panels


def draw(panels, bars):
    precisions = list(dict.fromkeys(p for panel in panels.values() for p in panel))
    levels = list(dict.fromkeys(l for panel in panels.values() for by_level in panel.values() for l in by_level))
    top = max(1.0, *(max(shares) for panel in panels.values() for by in panel.values() for shares in by.values()))
    width = LEFT + WIDTH * len(precisions) + 20
    step = HEIGHT + TOP + 26
    out = []

    def text(x, y, what, anchor="middle", weight="normal"):
        out.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{what}</text>')

    def line(x1, y1, x2, y2, color, more=""):
        out.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" {more}/>')

    def box(x, y, w, h, color, title):
        out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" '
                   f'fill="{COLORS[color % len(COLORS)]}"><title>{title}</title></rect>')

    for n, ((threads, rows), panel) in enumerate(panels.items()):
        floor = n * step + TOP + HEIGHT
        height = lambda share: floor - HEIGHT * share / top
        plural = lambda n, word: f"{n} {word}{'s' * (n > 1)}"
        text(LEFT, floor - HEIGHT - 12,
             f"{plural(threads, 'thread')}, {plural(rows, 'row')}: share of the read ceiling", "start", "bold")
        for tick in (0, 0.25, 0.5, 0.75, 1):
            line(LEFT, height(tick), width - 20, height(tick), "#dddddd")
            text(LEFT - 6, height(tick) + 4, f"{100 * tick:.0f} %", "end")
        for p, precision in enumerate(precisions):
            x = LEFT + WIDTH * p + GROUP / 2
            each = (WIDTH - GROUP) / len(levels)
            text(x + (WIDTH - GROUP) / 2, floor + 16, precision)
            for l, level in enumerate(levels):
                shares = panel.get(precision, {}).get(level)
                if not shares:
                    continue
                share, middle = statistics.median(shares), x + each * (l + 0.5)
                box(x + each * l + 1, height(share), each - 2, floor - height(share), l,
                    f"{precision} {level} {share:.3f}")
                line(middle, height(min(shares)), middle, height(max(shares)), "#222222")
            if precision in bars and rows == 1:
                line(x, height(bars[precision]), x + WIDTH - GROUP, height(bars[precision]), "#b03030",
                     'stroke-dasharray="5 3" stroke-width="1.5"')
    below = len(panels) * step + 10
    for l, level in enumerate(levels):
        box(LEFT + 110 * l, below - 10, 12, 12, l, level)
        text(LEFT + 110 * l + 18, below, level, "start")
    size = f'width="{width}" height="{below + 14}"'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">\n'
            f'<rect {size} fill="white"/>\n' + "\n".join(out) + "\n</svg>")


def main(arguments):
    bars, files = dict(BARS), []
    while arguments:
        word = arguments.pop(0)
        if word == "--bar":
            precision, share = arguments.pop(0).split("=")
            bars[precision] = float(share)
        else:
            files.append(word)
    lines = [line for file in files for line in open(file)] if files else list(sys.stdin)
    panels = read(lines)
    if not panels:
        sys.exit("plot_linear.py: nothing to draw: expected the lines that bench_linear --json prints")
    print(draw(panels, bars))


main(sys.argv[1:])
