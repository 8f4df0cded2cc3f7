import torch
from torch import nn


class BasicRNN(nn.Module):
    def __init__(self, batch_size, n_steps, n_inputs, n_neurons):
        super(BasicRNN, self).__init__()
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.n_neurons = n_neurons
        self.Wx = nn.Parameter(torch.randn(n_inputs, n_neurons) * 0.1)
        self.Wy = nn.Parameter(torch.randn(n_neurons, n_neurons) * 0.1)
        self.b = nn.Parameter(torch.zeros(1, n_neurons))

    def forward(self, X):
        Y = torch.zeros(self.batch_size, self.n_neurons)
        outputs = []
        for step in range(self.n_steps):
            Y = torch.tanh(torch.mm(X[:, step], self.Wx) + torch.mm(Y, self.Wy) + self.b)
            outputs.append(Y)
        return torch.stack(outputs, dim=1)
