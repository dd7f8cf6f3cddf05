"""Reference sequence of torch.optim.AdamW for the optimiser of @mlffd/train.

    python tooling/python/train/adamw.py > packages/train/test/data/adamw.json

Three parameters (two decayed, one not) follow given gradients for six steps, with and without
AMSGrad, in float32 and in float64.
"""

import json

import torch

STEPS = 6
START = [0.5, -1.25, 2.0, 0.125, -0.75, 3.0]
DECAYED = 4  # the first four values are decayed


def gradient(step, k):
    """Short decimals of both signs that shrink, so that AMSGrad's largest moment matters."""
    return round(((-1) ** (k + step // 2)) * (0.1 + 0.37 * k) * 10 ** (k % 3 - 1) * 0.5**step, 6)


def sequence(dtype, amsgrad):
    values = torch.tensor(START, dtype=dtype)
    decayed = torch.nn.Parameter(values[:DECAYED].clone())
    free = torch.nn.Parameter(values[DECAYED:].clone())
    optimizer = torch.optim.AdamW(
        [{"params": [decayed], "weight_decay": 0.1}, {"params": [free], "weight_decay": 0.0}],
        lr=0.02,
        betas=(0.9, 0.95),
        eps=1e-8,
        amsgrad=amsgrad,
    )
    result = []
    for step in range(STEPS):
        grads = torch.tensor([gradient(step, k) for k in range(len(START))], dtype=dtype)
        decayed.grad, free.grad = grads[:DECAYED].clone(), grads[DECAYED:].clone()
        optimizer.step()
        result.append(torch.cat([decayed.detach(), free.detach()]).tolist())
    return result


print(
    json.dumps(
        {
            "torch": torch.__version__.split("+")[0],
            "options": {"learningRate": 0.02, "beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1},
            "start": START,
            "decayed": DECAYED,
            "gradients": [[gradient(s, k) for k in range(len(START))] for s in range(STEPS)],
            "plain": sequence(torch.float64, False),
            "amsgrad": sequence(torch.float64, True),
            "plainFloat32": sequence(torch.float32, False),
        },
        indent=1,
    )
)
