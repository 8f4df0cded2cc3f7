import numpy as np


def simple_rnn(inputs, W, U, b):
    """inputs: (timesteps, batch, features); W: (units, features), U: (units, units)"""
    state_t = np.zeros((inputs.shape[1], U.shape[0]))
    successive_outputs = []
    for input_t in inputs:
        output_t = np.tanh(np.dot(input_t, W.T) + np.dot(state_t, U.T) + b)
        successive_outputs.append(output_t)
        state_t = output_t
    return np.stack(successive_outputs, axis=0)
