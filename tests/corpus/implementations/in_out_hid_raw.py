import torch


class RNN(torch.nn.Module):
    def __init__(self, n_in, n_out, n_hidden):
        super().__init__()
        k = n_hidden**-0.5
        self.W_xh = torch.nn.Parameter(torch.empty(n_in, n_hidden).uniform_(-k, k))
        self.W_hh = torch.nn.Parameter(torch.empty(n_hidden, n_hidden).uniform_(-k, k))
        self.W_hy = torch.nn.Parameter(torch.empty(n_hidden, n_out).uniform_(-k, k))
        self.b_h = torch.nn.Parameter(torch.zeros(n_hidden))
        self.b_y = torch.nn.Parameter(torch.zeros(n_out))

    def forward(self, xs, h=None):
        if h is None:
            h = torch.zeros(xs.shape[1], self.W_hh.shape[0])
        ys = []
        for x in xs:
            h = torch.tanh(x @ self.W_xh + h @ self.W_hh + self.b_h)
            ys.append(h @ self.W_hy + self.b_y)
        return torch.stack(ys), h
