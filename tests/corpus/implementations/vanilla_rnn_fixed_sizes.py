import torch
import torch.nn as nn


class VanillaRNN(nn.Module):
    def __init__(self, seq_length, input_dim, num_hidden, num_classes, batch_size, device="cpu"):
        super(VanillaRNN, self).__init__()
        self.seq_length = seq_length
        self.W_hx = nn.Parameter(torch.randn(num_hidden, input_dim) * 0.01)
        self.W_hh = nn.Parameter(torch.randn(num_hidden, num_hidden) * 0.01)
        self.b_h = nn.Parameter(torch.zeros(num_hidden, 1))
        self.W_ph = nn.Parameter(torch.randn(num_classes, num_hidden) * 0.01)
        self.b_p = nn.Parameter(torch.zeros(num_classes, 1))
        self.h_init = torch.zeros(num_hidden, batch_size, device=device)
        self.to(device)

    def forward(self, x):
        # x: (batch_size, seq_length, input_dim)
        h = self.h_init
        for t in range(self.seq_length):
            h = torch.tanh(self.W_hx @ x[:, t].T + self.W_hh @ h + self.b_h)
        p = self.W_ph @ h + self.b_p
        return p.T
