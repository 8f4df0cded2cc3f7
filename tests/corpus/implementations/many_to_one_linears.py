import torch
from torch import nn


class SentimentRNN(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size, hidden_size)
        self.h2h = nn.Linear(hidden_size, hidden_size, bias=False)
        self.classifier = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h = x.new_zeros(x.size(0), self.hidden_size)
        for x_t in x.unbind(dim=1):
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
        return self.classifier(h)
