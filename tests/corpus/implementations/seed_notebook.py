import torch
import torch.nn as nn


def rnn_forward(input, W_ih, W_hh, B_ih, B_hh, h_0):
    L = input.shape[1]
    output = torch.zeros(input.shape[0], input.shape[1], W_ih.shape[0])
    h_prev = h_0

    for t in range(0, L):
        x_t = input[:, t, :]
        h_prev = torch.tanh(x_t @ W_ih.T + B_ih + h_prev @ W_hh.T + B_hh)
        output[:, t, :] = h_prev

    return output, h_prev


def bidirectional_rnn_forward(
    input, W_ih, W_hh, B_ih, B_hh, h_0, W_reverse_ih, W_reverse_hh, B_reverse_ih, B_reverse_hh, h_reverse_0
):
    L = input.shape[1]
    N = input.shape[0]
    hidden_D = W_ih.shape[0]

    combined_output = torch.zeros(N, L, 2 * hidden_D)

    output, h_prev = rnn_forward(input, W_ih, W_hh, B_ih, B_hh, h_0)
    output_reverse, h_prev_reverse = rnn_forward(
        torch.flip(input, [1]), W_reverse_ih, W_reverse_hh, B_reverse_ih, B_reverse_hh, h_reverse_0
    )
    # output is reversed back, hidden is not
    output_reverse = torch.flip(output_reverse, [1])

    combined_output[:, :, :hidden_D] = output
    combined_output[:, :, hidden_D:] = output_reverse
    return combined_output, torch.cat([h_prev, h_prev_reverse], dim=0)


def rnn_forward_multilayers(input, W_ih, W_hh, B_ih, B_hh):
    h_0 = torch.zeros(1, 1, W_ih[0].shape[0])
    h_n = []

    for layer in range(len(W_ih)):
        output, h_prev = rnn_forward(input, W_ih[layer], W_hh[layer], B_ih[layer], B_hh[layer], h_0)
        input = output
        h_n.append(h_prev)
    return output, torch.cat(h_n, axis=0)


def bidirectional_rnn_forward_multilayers(
    input, W_ih, W_hh, B_ih, B_hh, W_reverse_ih, W_reverse_hh, B_reverse_ih, B_reverse_hh
):
    h_0 = torch.zeros(1, 1, W_ih[0].shape[0])
    h_n = []

    for layer in range(len(W_ih)):
        output, h_prev = bidirectional_rnn_forward(
            input,
            W_ih[layer],
            W_hh[layer],
            B_ih[layer],
            B_hh[layer],
            h_0,
            W_reverse_ih[layer],
            W_reverse_hh[layer],
            B_reverse_ih[layer],
            B_reverse_hh[layer],
            h_0,
        )
        input = output
        h_n.append(h_prev)
    return output, torch.cat(h_n, axis=0)


class RNN(nn.Module):
    def __init__(self, dims, hidden_dims, num_layers, bidirectional=False):
        super(RNN, self).__init__()

        self.bidirectional = bidirectional

        self.W_ih = []
        self.W_hh = []
        self.B_ih = []
        self.B_hh = []

        if bidirectional:
            self.W_ih_reverse = []
            self.W_hh_reverse = []
            self.B_ih_reverse = []
            self.B_hh_reverse = []
            for layer in range(0, num_layers):
                if layer == 0:
                    self.W_ih.append(torch.rand(hidden_dims, dims))
                    self.W_ih_reverse.append(torch.rand(hidden_dims, dims))
                else:
                    self.W_ih.append(torch.rand(hidden_dims, 2 * hidden_dims))
                    self.W_ih_reverse.append(torch.rand(hidden_dims, 2 * hidden_dims))
                self.W_hh.append(torch.rand(hidden_dims, hidden_dims))
                self.W_hh_reverse.append(torch.rand(hidden_dims, hidden_dims))
                self.B_ih.append(
                    torch.rand(
                        hidden_dims,
                    )
                )
                self.B_ih_reverse.append(
                    torch.rand(
                        hidden_dims,
                    )
                )
                self.B_hh.append(
                    torch.rand(
                        hidden_dims,
                    )
                )
                self.B_hh_reverse.append(
                    torch.rand(
                        hidden_dims,
                    )
                )
            self.W_ih_reverse = nn.ParameterList(self.W_ih_reverse)
            self.W_hh_reverse = nn.ParameterList(self.W_hh_reverse)
            self.B_ih_reverse = nn.ParameterList(self.B_ih_reverse)
            self.B_hh_reverse = nn.ParameterList(self.B_hh_reverse)
        else:
            for layer in range(0, num_layers):
                if layer == 0:
                    self.W_ih.append(torch.rand(hidden_dims, dims))
                else:
                    self.W_ih.append(torch.rand(hidden_dims, hidden_dims))
                self.W_hh.append(torch.rand(hidden_dims, hidden_dims))
                self.B_ih.append(
                    torch.rand(
                        hidden_dims,
                    )
                )
                self.B_hh.append(
                    torch.rand(
                        hidden_dims,
                    )
                )

        self.W_ih = nn.ParameterList(self.W_ih)
        self.W_hh = nn.ParameterList(self.W_hh)
        self.B_ih = nn.ParameterList(self.B_ih)
        self.B_hh = nn.ParameterList(self.B_hh)

    def forward(self, x):
        if self.bidirectional:
            return bidirectional_rnn_forward_multilayers(
                x,
                self.W_ih,
                self.W_hh,
                self.B_ih,
                self.B_hh,
                self.W_ih_reverse,
                self.W_hh_reverse,
                self.B_ih_reverse,
                self.B_hh_reverse,
            )
        else:
            return rnn_forward_multilayers(x, self.W_ih, self.W_hh, self.B_ih, self.B_hh)
