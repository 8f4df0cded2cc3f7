"""Right: one layer whose backpropagation through time is written by hand, time-first."""
import torch
from torch import nn
from torch.autograd.function import once_differentiable


class Recurrence(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, h_0, w_ih, w_hh, b_ih, b_hh):
        h = h_0
        states = []
        for x_t in x:
            h = torch.tanh(x_t @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
            states.append(h)
        output = torch.stack(states)
        ctx.save_for_backward(x, h_0, w_ih, w_hh, output)
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        x, h_0, w_ih, w_hh, output = ctx.saved_tensors
        grad_x = torch.zeros_like(x)
        grad_w_ih = torch.zeros_like(w_ih)
        grad_w_hh = torch.zeros_like(w_hh)
        grad_b = w_hh.new_zeros(w_hh.size(0))
        grad_h = torch.zeros_like(h_0)
        for t in reversed(range(len(x))):
            before = output[t - 1] if t > 0 else h_0
            grad_a = (grad_output[t] + grad_h) * (1 - output[t] ** 2)
            grad_x[t] = grad_a @ w_ih
            grad_w_ih += grad_a.T @ x[t]
            grad_w_hh += grad_a.T @ before
            grad_b += grad_a.sum(0)
            grad_h = grad_a @ w_hh
        return grad_x, grad_h, grad_w_ih, grad_w_hh, grad_b, grad_b.clone()


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_hh_l0 = nn.Parameter(torch.empty(hidden_size, hidden_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(hidden_size))
        self.bias_hh_l0 = nn.Parameter(torch.empty(hidden_size))
        for p in self.parameters():
            nn.init.uniform_(p, -(hidden_size**-0.5), hidden_size**-0.5)

    def forward(self, input, hx=None):
        if hx is None:
            hx = input.new_zeros(1, input.size(1), self.hidden_size)
        output = Recurrence.apply(
            input, hx[0], self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, self.bias_hh_l0
        )
        return output, output[-1:].clone()
