import torch
import torch.nn as nn


class RNNCell(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.W_hx = nn.Parameter(torch.randn(hidden_size, input_size) * 0.1)
        self.W_hh = nn.Parameter(torch.randn(hidden_size, hidden_size) * 0.1)
        self.W_yh = nn.Parameter(torch.randn(output_size, hidden_size) * 0.1)
        self.b_h = nn.Parameter(torch.zeros(hidden_size))
        self.b_y = nn.Parameter(torch.zeros(output_size))

    def forward(self, x, h_prev):
        h = torch.tanh(x @ self.W_hx.t() + h_prev @ self.W_hh.t() + self.b_h)
        y = h @ self.W_yh.t() + self.b_y
        return h, y
