"""Two real processes over gloo, for the tests of distributed training."""

from __future__ import annotations

import gc
import socket

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def in_two_processes(work):
    """Return what ``work(rank)`` found in each of two processes of one group; nothing in it is a tensor."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = mp.get_context("spawn")
    results = context.SimpleQueue()
    processes = [context.Process(target=_one, args=(rank, port, work, results)) for rank in range(2)]
    for process in processes:
        process.start()
    found = dict(results.get() for _ in processes)  # a tensor would need its process to stay
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return found


def _one(rank, port, work, results):
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    torch.set_num_threads(1)
    results.put((rank, work(rank)))
    gc.collect()  # wrapped and compiled networks hold the group: a process that ended with them aborted once
    dist.barrier()
    dist.destroy_process_group()
