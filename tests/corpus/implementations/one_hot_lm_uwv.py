import torch
from torch import nn


class RNNLanguageModel(nn.Module):
    """Predicts the next character; characters come in as one-hot vectors, time first."""

    def __init__(self, vocab_size, hidden_dim=100):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.U = nn.Parameter(
            torch.empty(hidden_dim, vocab_size).uniform_(-(vocab_size**-0.5), vocab_size**-0.5)
        )
        self.W = nn.Parameter(
            torch.empty(hidden_dim, hidden_dim).uniform_(-(hidden_dim**-0.5), hidden_dim**-0.5)
        )
        self.V = nn.Parameter(
            torch.empty(vocab_size, hidden_dim).uniform_(-(hidden_dim**-0.5), hidden_dim**-0.5)
        )
        self.b = nn.Parameter(torch.zeros(hidden_dim))
        self.c = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, x, s=None):
        s = torch.zeros(x.size(1), self.hidden_dim) if s is None else s
        o = []
        for t in range(len(x)):
            s = torch.tanh(x[t] @ self.U.T + s @ self.W.T + self.b)
            o.append(s @ self.V.T + self.c)
        return torch.stack(o), s
