"""torch.ao.nn.quantizable.LSTM: the LSTM that quantisation puts in the place of torch.nn.LSTM."""

from torch.ao.nn.quantizable import LSTM

from pytest_rnn_conformance import Implementation

PLACES = {
    f"{kind}_{short}{suffix}": f"layers.{{layer}}.{layer}.cell.{gates}.{kind}"
    for kind in ("weight", "bias")
    for short, gates in (("ih", "igates"), ("hh", "hgates"))
    for suffix, layer in (("", "layer_fw"), ("_reverse", "layer_bw"))
}

lstm = Implementation(
    LSTM,
    name="torch.ao.nn.quantizable.LSTM",
    parameters=PLACES,
    expected_failures={
        "direction.stacks": "upper layers of both directions are built for the features of one",
        "dropout.on_in_train": "dropout is ignored, as its documentation says",
        "dtype.follows_module": "the h_0 that forward makes is always float32",
        "unbatched.shapes": "an input (L, D) is read as a batch, and gives three axes",
        "arguments.empty_batch": "a batch without sequences raises: h_n is reshaped to (-1, 0, H)",
        "state_dict.names": "the weights are in a Linear for each layer, direction and product",
        "signature.arguments": "the constructor does not take proj_size",
        "signature.defaults": "a new network is in eval mode",
        "signature.forward": "forward calls its arguments x and hidden",
        "conventions.input_forms": "a PackedSequence is not taken",
    },
)
