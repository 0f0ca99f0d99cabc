#!/usr/bin/env python3
"""Measures what the maker's own libraries reach on this card through PyTorch (cuBLAS, hipBLASLt), beside gpu-assay's records of the same card.

    torch_peer.py RECORD.json… --peer OUT.json

Products have the sizes and types of the records' matmul entries, memory passes the bytes of their memory entries, and 2 GiB. Prints ours, theirs
and the ratio, best over best, with half the range of the repeats; of several records the best counts. What a library cannot do is said and left out.

The JSON holds: schema (1), created (UTC), device, torch, cuda or hip (versions, null where it is the other), records (their content_sha256),
and entries: id (of the benchmark that this stands beside; null where there is none), peer (the call and its type), size (text), ops and bytes of one
call (0 where they are not counted), unit (ops_per_s or bytes_per_s), best and median (in that unit), runs (all repeats, in that unit).

Exit codes: 0 done, 1 nothing could be measured or written, 2 usage, 3 nothing to compare with: no PyTorch, no device, or not the record's.
"""

import argparse
import datetime
import json
import os
import re
import statistics
import sys

REPEATS = 5
REPEAT_S = 0.05
LARGE_BYTES = 2 * 2**30
# Arrays of four-byte elements that each pass goes over.
ARRAYS = {"read": 1, "write": 1, "copy": 2, "scale": 2, "add": 3, "triad": 3}
KINDS = ("f32", "tf32", "f16", "bf16", "f64", "i8", "e4m3", "e5m2")
# These are measured at the size of the single-precision product, whether a record has a benchmark of them or not.
FOR_THEMSELVES = ("tf32", "bf16")


def stop(code, message):
    print(f"torch_peer: {message}", file=sys.stderr)
    sys.exit(code)


def first_line(error):
    return str(error).splitlines()[0][:200] if str(error).strip() else type(error).__name__


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", metavar="RECORD.json")
    parser.add_argument("--peer", required=True, metavar="OUT.json", help="a new file")
    chosen = parser.parse_args()
    if os.path.exists(chosen.peer):
        stop(2, f"{chosen.peer} is there already: name a new file")
    return chosen


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        record["adapter"]["name"], record["entries"]
    except OSError as error:
        stop(1, f"{path} cannot be read: {error.strerror}")
    except (ValueError, KeyError, TypeError):
        stop(1, f"{path} is no record of gpu-assay")
    return record


def plain(name):
    """A card's name without its maker and what drivers add to it."""
    name = re.sub(r"\(.*?\)|\b(nvidia|amd|intel)\b", " ", name.lower())
    return " ".join(name.split())


def address(properties):
    """The PCI address of a device of PyTorch, where this version tells it."""
    try:
        return f"{properties.pci_domain_id:04x}:{properties.pci_bus_id:02x}:{properties.pci_device_id:02x}"
    except AttributeError:
        return None


def find_device(torch, adapter):
    """The index of the record's card. Of several with its name, the one at its address."""
    every = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    same = [index for index, device in enumerate(every) if plain(device.name) and plain(device.name) == plain(adapter["name"])]
    if not same:
        stop(3, f"the record is of {adapter['name']}, PyTorch has {', '.join(sorted({device.name for device in every}))}: run both on one card")
    at = (adapter.get("pci_address") or "").rsplit(".", 1)[0]
    return next((index for index in same if address(every[index]) == at), same[0])


class Clock:
    """Times a call by the device's events."""

    def __init__(self, torch):
        self.torch = torch
        self.began, self.ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))

    def seconds(self, call, times):
        self.began.record()
        for _ in range(times):
            call()
        self.ended.record()
        self.torch.cuda.synchronize()
        return max(self.began.elapsed_time(self.ended) * 1e-3, 1e-9) / times

    def repeats(self, call):
        """Seconds a call, for each repeat; the clocks have risen by then."""
        call()
        once = self.seconds(call, 1)
        times = max(1, int(REPEAT_S / once) + 1)
        once = self.seconds(call, times)
        times = max(1, int(REPEAT_S / once) + 1)
        return [self.seconds(call, times) for _ in range(REPEATS)]


def product(torch, kind, m, n, k):
    """A call that multiplies, and what it is."""

    def random(rows, columns, dtype):
        return (torch.rand(rows, columns, device="cuda", dtype=torch.float64 if kind == "f64" else torch.float32) - 0.5).to(dtype)

    if kind == "i8":
        a = torch.randint(-128, 128, (m, k), device="cuda", dtype=torch.int8)
        b = torch.randint(-128, 128, (n, k), device="cuda", dtype=torch.int8).t()
        return (lambda: torch._int_mm(a, b)), "torch._int_mm int8, sums int32"
    if kind in ("e4m3", "e5m2"):
        dtype, other = (torch.float8_e4m3fn, torch.float8_e4m3fn) if kind == "e4m3" else (torch.float8_e5m2, torch.float8_e4m3fn)
        a, b, one = random(m, k, dtype), random(n, k, other).t(), torch.ones((), device="cuda")
        words = f"torch._scaled_mm {kind}" + (" times e4m3" if kind == "e5m2" else "")
        return (lambda: torch._scaled_mm(a, b, scale_a=one, scale_b=one, out_dtype=torch.bfloat16)), words
    dtype = {"f32": torch.float32, "tf32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "f64": torch.float64}[kind]
    a, b, out = random(m, k, dtype), random(k, n, dtype), torch.empty(m, n, device="cuda", dtype=dtype)
    # Halves are multiplied with single-precision sums, and rounded once.
    words = f"torch.mm {kind}" + (", sums f32" if kind in ("f16", "bf16") else "")
    return (lambda: torch.mm(a, b, out=out)), words


def memory_pass(torch, operation, elements):
    arrays = [torch.rand(elements, device="cuda") for _ in range(ARRAYS[operation])]
    x, z, y = arrays[0], arrays[-1], arrays[min(1, len(arrays) - 1)]
    return {
        "read": (lambda: torch.sum(x), "torch.sum"),
        "write": (lambda: z.fill_(1.5), "fill_"),
        "copy": (lambda: z.copy_(x), "copy_"),
        "scale": (lambda: torch.mul(x, 1.5, out=z), "torch.mul by a number"),
        "add": (lambda: torch.add(x, y, out=z), "torch.add"),
        "triad": (lambda: torch.add(x, y, alpha=1.5, out=z), "torch.add with alpha"),
    }[operation]


def wanted(records):
    """What to measure: a key for the call, the benchmarks it stands beside, and our best rate of each. In the order of the records."""
    products, passes = {}, {}
    for entry in (entry for record in records for entry in record["entries"]):
        problem, rates = entry.get("problem") or {}, entry.get("rates") or {}
        if problem.get("kind") == "matmul" and problem["input"] in KINDS and "ops_per_s_best" in rates:
            beside = products.setdefault((problem["input"], problem["m"], problem["n"], problem["k"]), {})
            beside[entry["id"]] = max(beside.get(entry["id"], 0), rates["ops_per_s_best"])
        elif problem.get("kind") == "memory" and problem.get("operation") in ARRAYS and "bytes_per_s_best" in rates:
            beside = passes.setdefault((problem["operation"], problem["elements"]), {})
            beside[entry["id"]] = max(beside.get(entry["id"], 0), rates["bytes_per_s_best"])
    for size in {key[1:]: None for key in products if key[0] == "f32"}:
        for kind in FOR_THEMSELVES:
            products.setdefault((kind, *size), {})
    for operation, arrays in ARRAYS.items():
        large = LARGE_BYTES // 4 // arrays
        if not any(of == operation and abs(elements / large - 1) < 0.05 for of, elements in passes):
            passes[operation, large] = {}
    return products, passes


def show(name, size, ours, theirs, spread, words):
    ours_text, ratio = (f"{ours / 1e12:9.3f}", f"{ours / theirs:6.3f}") if ours else (f"{'–':>9}", f"{'–':>6}")
    print(f"{name or '–':22} {size:>16} {ours_text} {theirs / 1e12:9.3f} {ratio}  ±{spread * 50:4.1f} %  {words}", flush=True)


def measure(torch, clock, make, amount, unit, size, beside, counts):
    """Entries of one call, one for each benchmark that it stands beside; none where it fails, which is said."""
    try:
        call, words = make()
        seconds = clock.repeats(call)
    except (RuntimeError, AttributeError) as error:
        print(f"torch_peer: {' '.join(beside) or 'a call'} {size}: failed: {first_line(error)}", file=sys.stderr, flush=True)
        return []
    finally:
        torch.cuda.empty_cache()
    rates = [amount / each for each in seconds]
    best, median = max(rates), statistics.median(rates)
    entries = []
    for name in beside or [None]:
        show(name, size, beside.get(name), best, (best - min(rates)) / median, words)
        entries.append({"id": name, "peer": words, "size": size, **counts, "unit": unit, "best": best, "median": median, "runs": rates})
    return entries


def set_tf32(torch, allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed


def measure_all(torch, products, passes):
    clock, entries = Clock(torch), []
    print(f"{'T/s':22} {'size':>16} {'ours':>9} {'theirs':>9} {'ratio':>6}  spread   what theirs is")
    for (kind, m, n, k), beside in products.items():
        set_tf32(torch, kind == "tf32")
        ops, size = 2 * m * n * k, f"{m}×{n}×{k}"
        entries += measure(
            torch, clock, lambda: product(torch, kind, m, n, k), ops, "ops_per_s", size, beside, {"ops": ops, "bytes": 0}
        )
    set_tf32(torch, False)
    for (operation, elements), beside in passes.items():
        moved = 4 * elements * ARRAYS[operation]
        entries += measure(
            torch, clock, lambda: memory_pass(torch, operation, elements), moved, "bytes_per_s", f"{moved / 2**20:.0f} MiB", beside,
            {"ops": 0, "bytes": moved},
        )
    return entries


def write(path, value):
    """Whole or not at all."""
    half = f"{path}.part"
    with open(half, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(half, path)


def pytorch():
    """PyTorch, where it has a device. What an installation that does not fit its machine raises may be anything."""
    try:
        import torch
    except Exception as error:
        stop(3, f"this python3 has no PyTorch ({first_line(error)}): nothing to compare with")
    try:
        is_there = torch.cuda.is_available()
    except Exception as error:
        stop(3, f"PyTorch {torch.__version__} cannot tell whether it has a device ({first_line(error)}): nothing to compare with")
    if not is_there:
        stop(3, f"PyTorch {torch.__version__} has no device: nothing to compare with")
    return torch


def main():
    chosen = options()
    records = [load(path) for path in chosen.records]
    adapters = {record["adapter"]["name"] for record in records}
    if len(adapters) > 1:
        stop(2, f"the records are of several cards ({', '.join(sorted(adapters))}): name those of one")
    torch = pytorch()
    # A driver that is too old, or a card that is gone, may show at any of these.
    try:
        device = find_device(torch, records[0]["adapter"])
        torch.cuda.set_device(device)
        name = torch.cuda.get_device_name(device)
    except Exception as error:
        stop(3, f"PyTorch {torch.__version__} cannot use its device ({first_line(error)}): nothing to compare with")
    cuda, hip = (getattr(torch.version, maker, None) for maker in ("cuda", "hip"))
    library = f"hip {hip}" if hip else f"cuda {cuda}"
    print(f"{name}, PyTorch {torch.__version__}, {library}")
    entries = measure_all(torch, *wanted(records))
    if not entries:
        stop(1, f"nothing could be measured, and {chosen.peer} was not written")
    peer = {
        "schema": 1,
        "created": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "device": name,
        "torch": torch.__version__,
        "cuda": cuda,
        "hip": hip,
        "records": [record.get("content_sha256") for record in records],
        "entries": entries,
    }
    try:
        write(chosen.peer, peer)
    except OSError as error:
        stop(1, f"{chosen.peer} cannot be written: {error.strerror}")


if __name__ == "__main__":
    main()
