import torch


def rnn(inputs, state, W_xh, W_hh, b_h, W_hq, b_q):
    # Shape of inputs: (num_steps, batch_size, vocab_size)
    (H,) = state
    outputs = []
    for X in inputs:
        H = torch.tanh(torch.mm(X, W_xh) + torch.mm(H, W_hh) + b_h)
        Y = torch.mm(H, W_hq) + b_q
        outputs.append(Y)
    return torch.cat(outputs, dim=0), (H,)
