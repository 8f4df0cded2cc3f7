import torch
from torch import nn


class SimpleRNN(nn.Module):
    def __init__(self, input_dim, hidden_dim, output_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.W = nn.Linear(hidden_dim + input_dim, hidden_dim)
        self.fc = nn.Linear(hidden_dim, output_dim)

    def forward(self, x):
        batch_size, seq_len, _ = x.size()
        h = torch.zeros(batch_size, self.hidden_dim)
        logits = []
        for t in range(seq_len):
            h = torch.tanh(self.W(torch.cat((h, x[:, t, :]), dim=1)))
            logits.append(self.fc(h))
        return torch.stack(logits, dim=1)
