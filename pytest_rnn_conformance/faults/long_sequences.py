"""Mistakes that show only in sequences of many steps."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="state_reset_after_16_steps",
        title="the state is set back to h_0 after every 16 steps",
        look_at="the state that the loop carries from step to step, in a long sequence",
        mistake=(
            "The sequence is cut into pieces of 16 steps, perhaps to shorten the way of the gradient, and "
            "each piece begins anew. Shorter sequences are right. Detach the state if need be, but carry it "
            "on."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "torch.addmm(p_t, h_t,",
                "torch.addmm(p_t, h_t if len(states) % 16 else h_0,",
            ),
        ),
    ),
    Fault(
        id="state_reset_after_64_steps",
        title="the state is set back to h_0 after every 64 steps",
        look_at="the state that the loop carries from step to step, in a long sequence",
        mistake=(
            "The sequence is cut into pieces of 64 steps, and each piece begins anew. Most tests are "
            "shorter, and most networks forget faster than that. The state is carried through the whole "
            "sequence."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "torch.addmm(p_t, h_t,",
                "torch.addmm(p_t, h_t if len(states) % 64 else h_0,",
            ),
        ),
    ),
    Fault(
        id="output_zero_after_32_steps",
        title="outputs after the 32nd step are zeros",
        look_at="how the outputs of a long sequence are stored",
        mistake=(
            "There is room for the outputs of 32 steps, and those of all later steps stay zero. Shorter "
            "sequences are right. Take the number of steps from the input."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "states.append(h_t)",
                "states.append(h_t if len(states) < 32 else torch.zeros_like(h_t))",
            ),
        ),
    ),
    Fault(
        id="state_frozen_after_32_steps",
        title="the state does not change after the 32nd step",
        look_at="over which steps of a long sequence the loop runs",
        mistake=(
            "The loop computes 32 steps at most, and the last state stands for all later ones. Shorter "
            "sequences are right. The loop runs over all steps of the input."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed)) if len(states) < 32 else h_t",
            ),
        ),
    ),
    Fault(
        id="last_piece_dropped",
        title="the steps after the last full piece of 16 are not computed",
        look_at="how a long sequence is computed to its end",
        mistake=(
            "A sequence of more than 16 steps is computed in pieces of 16, and what is left over at the end "
            "stays zero. Lengths that 16 divides are right. Compute the last, shorter piece too."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "return states",
                "full = len(states) - len(states) % 16 or len(states)\n"
                "return states[:full] + [torch.zeros_like(h_t) for _ in states[full:]]",
            ),
        ),
    ),
    Fault(
        id="steps_sorted_as_text",
        title="more than ten steps are put into the order of their numbers as text",
        look_at="how the outputs of a long sequence are collected",
        mistake=(
            "The outputs are collected under their numbers and sorted as text, where 10 comes before 2. Up "
            "to ten steps are right. Keep them in a list, in the order in which they are computed."
        ),
        fails=("forward.long_sequences",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "return states",
                "return [states[t] for t in sorted(range(len(states)), key=str)]",
            ),
        ),
    ),
    Fault(
        id="reverse_reset_after_16_steps",
        title="in the reverse direction the state is set back after every 16 steps",
        look_at="the state that the reverse direction carries from step to step, in a long sequence",
        mistake=(
            "The reverse direction reads the sequence in pieces of 16 steps, and each piece begins anew. The "
            "forward direction and shorter sequences are right. The state is carried through the whole "
            "sequence."
        ),
        fails=("forward.long_stacks",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "states = MODES[mode].recur(projected, h_0, weights)",
                "states, piece = [], 16 if reverse else len(projected)\n"
                "for start in range(0, len(projected), piece):\n"
                "    states += MODES[mode].recur(projected[start : start + piece], h_0, weights)",
            ),
        ),
    ),
    Fault(
        id="reverse_reset_after_40_steps",
        title="in the reverse direction the state is set back after every 40 steps",
        look_at="the state that the reverse direction carries from step to step, in a long sequence",
        mistake=(
            "The reverse direction reads the sequence in pieces of 40 steps, and each piece begins anew. The "
            "forward direction and shorter sequences are right. The state is carried through the whole "
            "sequence."
        ),
        fails=("forward.long_stacks",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "states = MODES[mode].recur(projected, h_0, weights)",
                "states, piece = [], 40 if reverse else len(projected)\n"
                "for start in range(0, len(projected), piece):\n"
                "    states += MODES[mode].recur(projected[start : start + piece], h_0, weights)",
            ),
        ),
    ),
    Fault(
        id="h_n_after_32_steps",
        title="h_n is the state after 32 steps where there are more",
        look_at="the step after which h_n is taken, in a long sequence",
        mistake=(
            "h_n is taken after a fixed number of steps, 32 at most. The output is right, and so are shorter "
            "sequences. h_n is the state after the last step, however many there are."
        ),
        fails=("forward.long_stacks",),
        edits=(Edit("layers", "run_direction", "h_n = states[-1]", "h_n = states[:32][-1]"),),
    ),
    Fault(
        id="upper_layers_read_24_steps",
        title="upper layers read zeros after the 24th step",
        look_at="what an upper layer reads in a long sequence",
        mistake=(
            "What goes from one layer to the next has room for 24 steps, and stays zero after them. One "
            "layer and shorter sequences are right. Take the number of steps from the input."
        ),
        fails=("forward.long_stacks",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output, h_n_layer = run_layer(",
                "if index > 0:\n"
                "    output = functional.pad(output[:24], (0, 0, 0, 0, 0, len(output[24:])))\n"
                "output, h_n_layer = run_layer(",
            ),
        ),
        also=("dropout.every_batch", "packed.structure"),
    ),
    Fault(
        id="h_0_ignored_in_long_sequences",
        title="h_0 is ignored in sequences of ten steps and more",
        look_at="when h_0 is used",
        mistake=(
            "A sequence counts as long from ten steps on, and is begun from zeros, as it will forget where "
            "it began. The last steps show it little, the first ones do. The first step reads h_0 whatever "
            "the length is."
        ),
        fails=("forward.long_stacks",),
        edits=(
            Edit(
                "base",
                "RNNBase.initial_state",
                "return hx",
                "return hx if len(input) < 10 else torch.zeros_like(hx)",
            ),
        ),
    ),
)
