"""Mistakes in the equation of a step, and in the loop over the steps."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="w_hh_transposed",
        title="W_hh is used transposed",
        look_at="the product of the previous state and W_hh",
        mistake=(
            "W_hh is applied the wrong way round. As W_hh is square nothing raises, and the first step from "
            "zeros is right; every later step is wrong. Row i of W_hh (column i, if you store weights for "
            "`x @ W`) makes unit i of the new state: use W_hh the same way round as W_ih."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("recurrence", "recur", "W_hh_transposed = W_hh.t()", "W_hh_transposed = W_hh"),),
    ),
    Fault(
        id="w_ih_oriented_by_shape",
        title="W_ih is used transposed where it is square",
        look_at="the product of the input and W_ih",
        mistake=(
            "The code looks at the shape of W_ih to find out which way round it is. Where input_size equals "
            "hidden_size both ways fit, and the wrong one is taken. The shape decides nothing: W_ih is used "
            "one way round, whatever the sizes are."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "weights.W_ih, bias",
                "weights.W_ih.t() if weights.W_ih.size(0) == input.size(-1) else weights.W_ih, bias",
            ),
        ),
    ),
    Fault(
        id="weights_told_apart_by_shape",
        title="W_ih and W_hh are mistaken for each other where both are square",
        look_at="where the weights of a direction are read",
        mistake=(
            "The code tells W_ih and W_hh apart by their shapes. Where input_size equals hidden_size, as in "
            "most upper layers, the shapes are equal and the two are exchanged. Tell them apart by name."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "projected = split_steps(",
                "if weights.W_ih.shape == weights.W_hh.shape:\n"
                "    weights = weights._replace(W_ih=weights.W_hh, W_hh=weights.W_ih)\n"
                "projected = split_steps(",
            ),
        ),
    ),
    Fault(
        id="input_cut_to_hidden_size",
        title="input features beyond hidden_size are ignored",
        look_at="the input features that reach the product with W_ih",
        mistake=(
            "Only as many input features are read as there are hidden units. This shows only where "
            "input_size is greater than hidden_size. All input features belong in the product."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "project",
                "functional.linear(input, weights.W_ih, bias)",
                "functional.linear(\n"
                "    input[..., : weights.W_ih.size(0)], weights.W_ih[:, : weights.W_ih.size(0)], bias\n"
                ")",
            ),
        ),
    ),
    Fault(
        id="w_hh_diagonal",
        title="only the diagonal of W_hh is used",
        look_at="how W_hh and the previous state are multiplied",
        mistake=(
            "Each hidden unit hears only itself, as if W_hh h were a product of single elements. The shapes "
            "fit all the same. It is a matrix product, in which each unit hears every other."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit("recurrence", "recur", "W_hh_transposed = W_hh.t()", "W_hh_transposed = W_hh.diag().diag()"),
        ),
    ),
    Fault(
        id="w_hh_on_new_input",
        title="W_hh multiplies the new input instead of the previous state",
        look_at="what is multiplied by W_hh",
        mistake=(
            "The product with W_hh takes the projected input of the same step. Both have H features, so "
            "nothing raises, and no step knows of the steps before it. W_hh multiplies the previous state."
        ),
        fails=("forward.first_step",),
        edits=(Edit("recurrence", "recur", "torch.addmm(p_t, h_t,", "torch.addmm(p_t, p_t,"),),
    ),
    Fault(
        id="state_not_carried",
        title="every step begins from h_0",
        look_at="the state that each step of the loop begins from",
        mistake=(
            "Each step reads h_0 instead of the state after the step before, so the network has no memory. "
            "The first step is right, and so are all shapes. Assign the new state to the variable that the "
            "next step reads."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("recurrence", "recur", "torch.addmm(p_t, h_t,", "torch.addmm(p_t, h_0,"),),
    ),
    Fault(
        id="state_lags_one_step",
        title="each step reads the state of two steps before",
        look_at="which state each step of the loop reads",
        mistake=(
            "The state is indexed one step too early: step t reads the state after step t - 2. The first two "
            "steps look almost right. Step t reads the state after step t - 1."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "torch.addmm(p_t, h_t,",
                "torch.addmm(p_t, states[-2] if len(states) > 1 else h_0,",
            ),
        ),
    ),
    Fault(
        id="state_averaged",
        title="the new state is averaged with the previous one",
        look_at="what becomes of the state at the end of a step",
        mistake=(
            "The state moves only half of the way to its new value, as in a leaky network. Training may work "
            "well, so it goes unnoticed. In an Elman network the new value replaces the old one."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "h_t = 0.5 * h_t + 0.5 * phi(torch.addmm(p_t, h_t, W_hh_transposed))",
            ),
        ),
    ),
    Fault(
        id="state_accumulated",
        title="the previous state is added to the new one",
        look_at="what becomes of the state at the end of a step",
        mistake=(
            "The new value is added to the state instead of replacing it (h += where h = is meant). The "
            "first step from zeros is right, and then the state grows. Assign the new value."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "h_t = h_t + phi(torch.addmm(p_t, h_t, W_hh_transposed))",
            ),
        ),
    ),
    Fault(
        id="state_decays",
        title="the previous state is scaled by a number slightly below 1",
        look_at="the term of the previous state in the formula of a step",
        mistake=(
            "The recurrent term is multiplied by 0.9999. The error is smaller than a plot or a loose "
            "tolerance shows. There is no factor in the formula."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "torch.addmm(p_t, h_t, W_hh_transposed)",
                "torch.addmm(p_t, h_t, W_hh_transposed, alpha=0.9999)",
            ),
        ),
    ),
    Fault(
        id="reads_next_input",
        title="each step reads the input of the next step",
        look_at="which input each step of the loop reads",
        mistake=(
            "The index of the input is one too high: step t reads x_(t+1). The network sees the future, and "
            "may predict suspiciously well. Step t reads x_t."
        ),
        fails=("forward.causal",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "for p_t in projected:",
                "projected = list(projected)\nfor p_t in [*projected[1:], projected[-1]]:",
            ),
        ),
    ),
    Fault(
        id="output_before_step",
        title="the state is stored before it is updated",
        look_at="the lines of the loop over the steps",
        mistake=(
            "The state is appended to the outputs before the step is computed. The outputs begin with h_0 "
            "and are one step late, and the last step is lost. Update first, then append."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))  # (N, H)\nstates.append(h_t)",
                "states.append(h_t)\nh_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))  # (N, H)",
            ),
        ),
    ),
    Fault(
        id="last_step_missing",
        title="the loop ends before the last step",
        look_at="over which steps the loop runs",
        mistake=(
            "The loop ends one step early, and the last output keeps the zeros that it was made with. All "
            "other steps are right. The loop runs over all L steps."
        ),
        fails=("forward.first_step",),
        edits=(Edit("recurrence", "recur", "return states", "return [*states[:-1], torch.zeros_like(h_t)]"),),
    ),
    Fault(
        id="last_unit_missing",
        title="the last hidden unit is never computed",
        look_at="the hidden units that a step computes",
        mistake=(
            "The last of the H hidden units stays zero, as an index ends one too early. All other units are "
            "nearly right. Compute all H units."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "recurrence",
                "recur",
                "h_t = phi(torch.addmm(p_t, h_t, W_hh_transposed))",
                "h_t = torch.nn.functional.pad(phi(torch.addmm(p_t, h_t, W_hh_transposed))[:, :-1], (0, 1))",
            ),
        ),
    ),
    Fault(
        id="noise_while_gradients_are_recorded",
        title="noise is added to the output while gradients are recorded",
        look_at="what forward does only while gradients are recorded",
        mistake=(
            "Noise, meant for training, is added wherever gradients are recorded. Under torch.no_grad() all "
            "numbers are right, and the gradients are right everywhere. Whether a network is in training is "
            "told by self.training; evaluation may need gradients too."
        ),
        fails=("gradients.values_kept",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "return output, torch.stack(h_n)",
                "output = output + 0.1 * torch.rand_like(output) if torch.is_grad_enabled() else output\n"
                "return output, torch.stack(h_n)",
            ),
        ),
        also=("conventions.time_first",),
    ),
)
