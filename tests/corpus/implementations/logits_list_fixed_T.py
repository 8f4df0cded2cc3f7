import torch
import torch.nn as nn


class UnrolledRNN(nn.Module):
    def __init__(self, T, input_dim, hidden_dim, output_dim):
        super().__init__()
        self.T = T
        self.hidden_dim = hidden_dim
        self.W_ih = nn.Parameter(torch.randn(hidden_dim, input_dim) * 0.1)
        self.W_hh = nn.Parameter(torch.eye(hidden_dim))
        self.b_h = nn.Parameter(torch.zeros(hidden_dim))
        self.W_ho = nn.Parameter(torch.randn(output_dim, hidden_dim) * 0.1)
        self.b_o = nn.Parameter(torch.zeros(output_dim))

    def forward(self, x):
        """x: (T, batch, input_dim); returns the logits of each step."""
        h = torch.zeros(x.shape[1], self.hidden_dim)
        logits = []
        for t in range(self.T):
            h = torch.tanh(x[t].mm(self.W_ih.t()) + h.mm(self.W_hh.t()) + self.b_h)
            logits.append(h.mm(self.W_ho.t()) + self.b_o)
        return logits
