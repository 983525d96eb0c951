"""Compile the GPU's kernels to machine code where no GPU is: run as a program, without the interpreter.

Prints one line of JSON a kernel: its name, the most registers a thread takes, and the widest load and store.
"""

from __future__ import annotations

import json
import re
import sys

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from scarce.kernels import gpu_classes, gpu_elements
from scarce.losses import get
from scarce.losses.modulation import LDAM, parameter_table

TARGET = GPUTarget("cuda", 90, 32)
POINTERS = ("weight", "class_weight", "shift", "scale", "divisor", "table", "value", "gradient", "sums")
NUMBERS = {"factor": "fp32", "smoothing": "fp32"}
ELEMENTS = ("cross_entropy", "focal", "detached_focal", "poly", "generalized_cross_entropy", "brier")
ELEMENTS += ("asymmetric", "asymmetric_detached")


def machine_code(name, kernel, types, constants, warps):
    names = [parameter.name for parameter in kernel.params]
    types = {**dict.fromkeys(POINTERS, "*fp32"), **NUMBERS, **types}
    signature = {n: "constexpr" if n in constants else types.get(n, "i32") for n in names}
    aligned = {
        (i,): [["tt.divisibility", 16]]
        for i, n in enumerate(names)
        if signature[n].startswith("*") or n in ("n", "n_sites")
    }
    constants = {n: constants[n] for n in names if n in constants}
    source = ASTSource(kernel, signature=signature, constexprs=constants, attrs=aligned)
    done = triton.compile(source, target=TARGET, options={"num_warps": warps})
    text = done.asm["ptx"]
    print(
        json.dumps(
            {
                "name": name,
                "wide loads": len(re.findall(r"ld\.global\.v[24]\.(?:b32|b64)", text)),
                "wide stores": len(re.findall(r"st\.global\.v4\.b32", text)),
                "spilled": "st.local" in text,
                "double": len(re.findall(r"\.f64", text)),
            }
        )
    )


def distinct(modulation, n_classes):
    return sorted({tuple(column) for column in parameter_table(modulation, n_classes).T.tolist()})


def elements(name, logits, target, **constants):
    modulation = get(name).modulation
    columns = [tuple(c) for c in parameter_table(modulation, 2).T.tolist()]
    kernel, tabled = gpu_elements.element_kernel(modulation.formulas, *columns)
    options = {"value": None, "BLOCK": gpu_elements.BLOCK, "TYPE": triton.language.float32} | constants
    options |= {} if tabled else {"table": None}
    types = {"logits": logits, "gradient": logits, "target": target}
    machine_code(f"{name} {logits} {target}", kernel, types, options, gpu_elements.WARPS)


def classes(modulation, logits, n_classes, shape, side_by_side, **constants):
    tile = gpu_classes.layout(*shape, n_classes, side_by_side=side_by_side)
    kernel, tabled = gpu_classes.class_kernel(modulation.formulas, *distinct(modulation, n_classes))
    options = {"value": None, "IGNORES": True, "LONG": False, "SIDE_BY_SIDE": side_by_side}
    options |= {"UNIT": tile.unit, "KEPT": tile.kept, "SITES": tile.sites, "CLASSES": tile.classes}
    options |= {} if tabled else {"table": None}
    types = {"logits": logits, "gradient": logits, "labels": "*i64"}
    name = f"{modulation.name} over {n_classes} {'side by side' if side_by_side else 'apart'}"
    machine_code(name, kernel, types, options | constants, tile.warps)


def main():
    bare = {"weight": None, "class_weight": None, "shift": None, "scale": None, "divisor": None}
    plain = {**bare, "IGNORES": False, "BY_LABEL": False}
    for name in ELEMENTS:
        elements(name, "*fp32", "*fp32", **plain, SOFT=gpu_elements.EITHER)
    labels = {**plain, "SOFT": gpu_elements.LABELS, "TYPE": triton.language.int64}
    elements("focal", "*bf16", "*i64", **labels)
    elements("focal", "*fp16", "*u8", IGNORES=True, BY_LABEL=True, SOFT=2, TYPE=triton.language.int32)
    focal, margins = get("focal", kind="softmax").modulation, LDAM(margins=(0.5, 1.0, 2.0))
    classes(focal, "*fp32", 1000, (1, 65536), True, **{**bare, "shift": None})
    classes(focal, "*bf16", 32000, (1, 16384), True, weight=None)
    classes(focal, "*fp32", 19, (8, 262144), False, **bare)
    classes(focal, "*fp32", 1000, (8, 4096), False, LONG=True)
    classes(margins, "*fp32", 3, (1, 4096), True, **bare)
    kernels = (gpu_elements.counted_elements, gpu_elements.scaled_elements, gpu_classes.counted_sites)
    constants = {"TYPE": triton.language.int64, "IGNORES": True, "MASS": True, "FOREGROUND": True}
    constants |= {"BLOCK": 4096, "IN_PLACE": True}
    pointers = dict.fromkeys(("numbers", "factor", "result"), "*fp32")
    for kernel in kernels:
        own = pointers if kernel is gpu_elements.scaled_elements else {}
        machine_code(kernel.__name__, kernel, {"target": "*i64", "labels": "*i64", **own}, constants, 4)


if __name__ == "__main__":
    sys.exit(main())
