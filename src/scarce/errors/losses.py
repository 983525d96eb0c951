"""Losses (E50 to E53, W05), PyTorch (E56, E58), JAX and Keras (E57), overlap (E59), boosting (E6)."""

from __future__ import annotations

from scarce.errors.entry import Entry

LOSSES: dict[str, Entry] = {
    "E501": Entry("{parameter}={value} is outside its domain", "{parameter} must be {allowed}"),
    "E502": Entry(
        "alpha={value} cannot be used: {reason}",
        "alpha weighs positives by alpha and negatives by 1-alpha; for any other weights use class_weight",
    ),
    "E503": Entry(
        "logits[{place}] is {value}", "logits must be finite: look for inf, NaN or a diverged model"
    ),
    "E504": Entry(
        "target[{place}] is {value}, not one of the classes {classes}", "use ignore_index to skip rows"
    ),
    "E505": Entry("the logits have shape {logits} and the target {target}", "{suggestion}"),
    "E506": Entry(
        "class_counts[{place}] is {value}",
        "every class needs a count above 0: leave out a class with no rows",
    ),
    "E507": Entry("{what} needs the class counts", "pass class_counts=, or call resolve(class_counts)"),
    "E508": Entry("{name}={given} cannot be read as numbers", "pass a sequence of numbers, one a class"),
    "E509": Entry(
        "{name} has shape {shape}", "pass one number a class, in a flat sequence, or one row a label"
    ),
    "E510": Entry("{name}[{place}] is {value}", "every entry of {name} must be {allowed}"),
    "E511": Entry("there is no class_weight {name!r}", "{suggestion}"),
    "E512": Entry(
        "class_weight by label {labels} needs the order of the classes",
        "pass classes=, such as classes={labels}",
    ),
    "E513": Entry("{loss} has no posterior: {reason}", "{suggestion}"),
    "E514": Entry("class_weight names {labels} and the classes are {classes}", "give every class one weight"),
    "E515": Entry("{what}", "give one weight a row, finite and at least 0"),
    "E516": Entry(
        "the logits have shape {shape}: one class, and a softmax needs two or more",
        "for one logit an example use SigmoidLoss",
    ),
    "E517": Entry(
        "no constant logit has the posterior log-odds {goal}",
        "this loss saturates: choose other parameters, or start from 0",
    ),
    "E518": Entry("cannot read a stored loss: {reason}", "write it anew with to_dict()"),
    "E519": Entry(
        "ldam takes one count a class, and class_counts has shape {shape}",
        "pass one flat sequence; ldam has no margins per label",
    ),
    "E520": Entry(
        "{modulation} has {given} values of a parameter and the logits have {n_classes} classes",
        "give one value, or one a class",
    ),
    "E521": Entry(
        "target[{place}] is {what}, not a probability", "soft targets lie in [0, 1] and sum to 1 a row"
    ),
    "E522": Entry("there is no loss {name!r}", "{suggestion}"),
    "E523": Entry("{loss} has no parameter {name!r}", "{suggestion}"),
    "E524": Entry(
        "cannot read the loss {text!r}: {reason}", "write it like focal:gamma=3,class_weight=balanced"
    ),
    "E525": Entry("prior={prior} is not a class frequency", "every frequency must be {allowed}"),
    "E526": Entry("{modulation} is a loss for a sigmoid", "use SigmoidLoss, one logit a label"),
    "E527": Entry("{what} is for {given} classes and the loss has {n_classes}", "give one entry a class"),
    "E528": Entry(
        "{what} is for {given} labels and the logits have shape {shape}", "put the labels on {axis}"
    ),
    "E529": Entry("{name}={value} has no effect: {reason}", "{suggestion}"),
    "E530": Entry("there is no module {module!r} for the loss {name!r}", "{suggestion}"),
    "E531": Entry(
        "importing the module {module!r} failed with {reason}", "try it alone: python -c 'import {module}'"
    ),
    "E532": Entry("the module {module!r} has no {name!r}", "{suggestion}"),
    "E533": Entry(
        "{name} is {what}, where a modulation or a sigmoid loss is due",
        "name a class made like scarce.losses.Modulation, or a loss without parameters behind it",
    ),
    "E534": Entry("the modulation {modulation} {reason}", "{suggestion}"),
    "E535": Entry(
        "the modulation {own} of {module} has the name {name!r} of one of scarce's own",
        "call the class something else",
    ),
    "E536": Entry("{loss} breaks a law, {law}: {what}", "{suggestion}"),
    "E537": Entry(
        "the posterior of {loss} cannot be kept in a model file: {reason}",
        "check its log_a with scarce.testing.check",
    ),
    "E538": Entry(
        "{name}=auto cannot be chosen, in the method {method!r}",
        "gamma, tau, epsilon, alpha and class_weight can, where a loss of the catalogue has them",
    ),
    "E560": Entry("{name} is a {given}, and the losses take tensors", "pass torch.as_tensor({name})"),
    "E561": Entry(
        "the logits have shape {shape}: one logit an example, and a softmax needs one a class",
        "use SigmoidFocalLoss (or another Sigmoid... loss) for one logit an example or a label",
    ),
    "E562": Entry(
        "{name} requires a gradient, and the losses have one in the logits only", "pass {name}.detach()"
    ),
    "E563": Entry("the {what} is a tensor of {dtype}", "{suggestion}"),
    "E564": Entry(
        "{layer} has {what} and the loss starts at {n} logits", "pass the layer that makes the logits"
    ),
    "E565": Entry(
        "linear_loss cannot keep every row apart: reduction={reduction!r}",
        "use 'mean', 'sum' or 'mean_positive'",
    ),
    "E566": Entry(
        "the features have shape {features}, the weight {weight} and the bias {bias}",
        "pass features (..., n_features), weight (n_classes, n_features) and bias (n_classes,)",
    ),
    "E567": Entry(
        "{loss} is no softmax loss of the catalogue, and a linear layer is fused with no other",
        "use one such as FocalLoss or LogitAdjustedLoss, or its name, or apply {loss} to the layer's outputs",
    ),
    "E568": Entry(
        "linear_loss has no second derivative: it keeps no logits to compute one from",
        "for a second derivative apply the loss of scarce.torch to the layer's outputs",
    ),
    "E569": Entry(
        "torch.jit.trace, and ONNX export that stands on it, would keep numbers of this call as constants",
        "use torch.export.export, or torch.onnx.export(..., dynamo=True)",
    ),
    "E570": Entry(
        "the logits have shape ({n},), and so has the target: one row of {n} classes, or {n} rows?",
        "for one row pass logits[None] and target[None]; for one logit an example use SigmoidFocalLoss "
        "(or another Sigmoid... loss)",
    ),
    "E571": Entry(
        "a loss for JAX is unreduced, and this one has reduction={reduction!r}",
        "leave reduction out, and write .mean() or .sum() after the call",
    ),
    "E572": Entry(
        "{name} is being traced, and the settings of a loss must be known before",
        "keep {name} out of the traced arguments: functools.partial(loss, {name}=...) or static_argnames",
    ),
    "E573": Entry(
        "y_true has shape {true} and y_pred {predicted}: class indices, where one entry a class is due",
        "use {sparse}, or keras.ops.one_hot(y_true, n_classes)",
    ),
    "E574": Entry(
        "y_true has shape {true} and y_pred {predicted}: not one class index an example",
        "for one-hot or soft targets use the loss of that name without 'Sparse'",
    ),
    "E575": Entry(
        "{face} cannot take the loss {loss}",
        "give an unreduced {kind} loss: reduction is the Keras loss's own",
    ),
    "E576": Entry("{face} does not take {name}={value}", "{suggestion}"),
    "E581": Entry("the labels {what}", "{suggestion}"),
    "E582": Entry(
        "class {k} has no rows", "number the classes from 0 on without a gap: {n_classes} were found"
    ),
    "E583": Entry(
        "rank={rank} and num_replicas={replicas} do not fit",
        "ranks count from 0 to num_replicas - 1; leave both out where torch.distributed is running",
    ),
    "E584": Entry(
        "DeferredReweighting cannot take the {given}: it {reason}",
        "pass a module such as scarce.torch.CrossEntropyLoss() without class_weight",
    ),
    "E585": Entry(
        "the target of shape {shape} is soft, and this loss looks up one class a row",
        "pass class indices, or targets that are 0 and 1 only",
    ),
    "E586": Entry(
        "{loss}.update() was given no row that counts", "pass the logits and labels of the validation rows"
    ),
    "E589": Entry(
        "a loss cannot be differentiated in forward mode twice: PyTorch would leave the outer one out",
        "use torch.func.hessian, or put torch.func.jacrev inside",
    ),
    "E591": Entry(
        "empty='count' with smooth=0: a class without foreground would have loss 1 and no gradient",
        "set smooth above 0, in pixels, such as smooth=1.0, or leave empty='skip'",
    ),
    "E592": Entry(
        "the logits have shape {shape}: axis {axis} should hold {n_labels} label(s) behind an axis of images",
        "{suggestion}",
    ),
    "E593": Entry(
        "class_weight={name!r} cannot weigh an overlap loss: large and small classes already count alike",
        "pass numbers, one a class, or a dict by label",
    ),
    "E594": Entry("{what} cannot be a part of a CombinedLoss: {reason}", "{suggestion}"),
    "E601": Entry(
        "a binary objective cannot use {given}",
        "give a SigmoidLoss or a binary name of the catalogue, such as 'focal:gamma=2'",
    ),
    "E602": Entry(
        "the label in row {row} is {value}; a binary objective takes 0 and 1",
        "code the rare class as 1, the other as 0",
    ),
    "E603": Entry(
        "the metric {metric!r} would be computed on raw scores, which are no probabilities here",
        "leave {name!r} out: the recovered log-loss is reported, and early stopping watches it",
    ),
    "E604": Entry(
        "the {which} data already has {start}",
        "leave it out: the loss starts every row at its own base score",
    ),
    "E605": Entry(
        "every label is {label}: there is nothing to tell apart",
        "give training rows of both classes, 0 and 1",
    ),
    "E606": Entry(
        "the parameter {name!r} is set to {value!r}, but the loss decides that",
        "leave {name!r} out, and {instead}",
    ),
    "E607": Entry(
        "the parameter {name!r} has no effect beside a loss of scarce", "leave {name!r} out: {instead}"
    ),
    "E608": Entry("hessian={given} is unknown", "write 'auto', 'expected' or 'exact'"),
    "E609": Entry("early stopping has no validation data to watch", "pass valid_sets=[...]"),
    "E610": Entry("{engine} has no parameter {name!r}", "{suggestion}"),
    "E611": Entry(
        "watch= looks on at one validation set, in place of early stopping: there are {count}, and "
        "early_stopping_rounds is {stopping}",
        "pass one dataset in valid_sets, leave early_stopping_rounds out, and return False to stop",
    ),
    "W051": Entry(
        "ldam with a margin of {margin} is close to a hinge: its posterior is ill-conditioned",
        "lower scale * max_margin, or calibrate on held-out rows",
    ),
    "W052": Entry(
        "{loss} with gamma_positive=0 saturates: its posterior stays below 1 however large the logit",
        "choose gamma_positive above 0, or calibrate on held-out rows",
    ),
}
