import numpy as np


class RNN:
    """The first state of a sequence is used at every step."""

    def __init__(self, input_size, hidden_size, learning_rate, output_size):
        self.lr = learning_rate
        self.Wxh = np.random.randn(input_size, hidden_size) * 0.01
        self.Whh = np.random.randn(hidden_size, hidden_size) * 0.01
        self.Why = np.random.randn(hidden_size, output_size) * 0.01
        self.bh = np.zeros((1, hidden_size))
        self.by = np.zeros((1, output_size))

    def forward(self, inputs, hprev):
        self.hs = {-1: np.copy(hprev)}
        self.ys = []
        for t in range(len(inputs)):
            self.hs[t] = np.tanh(inputs[t] @ self.Wxh + self.hs[-1] @ self.Whh + self.bh)
            self.ys.append(self.hs[t] @ self.Why + self.by)
        return self.ys, self.hs[len(inputs) - 1]
