"""Ways back through the families of torchvision, small images and random weights: autograd and Captum say the same."""

import captum.attr
import pytest
import torch
import torchvision
from torch import nn

from helpers.attribution.backward import DECONVNET, GRADIENT, GUIDED_BACKPROP, attribute
from helpers.attribution.forward_pass import forward, refusal
from helpers.models.googlenet import GoogLeNet

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Setting backward hooks", "ignore:Input Tensor 0 did not already"),
]

# Rectifiers that Captum sees: modules, and no curved ones among them.
SEEN = {
    "resnet18": ["layer1.0.relu", "layer2.0", "fc"],
    "resnet50": ["layer2.0", "layer3.1.relu"],
    "squeezenet1_1": ["features.4.expand3x3_activation", "features.9", "classifier.2"],
    "densenet121": ["features.denseblock2.denselayer3.relu2", "features.transition1.pool"],
    "shufflenet_v2_x1_0": ["stage2.1", "conv5.2"],
    "own googlenet": ["conv2d0", "mixed3a_1x1"],
}
# The others; their own rectifiers or rules are tested in test_graphs.
UNSEEN = {
    "googlenet": ["inception4a", "inception3b.branch3.1.bn", "fc"],
    "inception_v3": ["Mixed_5b", "fc"],
    "mobilenet_v3_small": ["features.0.2", "features.4.block.2", "classifier.3"],
    "efficientnet_b0": ["features.2.0", "features.4.1.block.0.2"],
    "convnext_tiny": ["features.1.1", "classifier.2"],
    "regnet_y_400mf": ["stem.2", "trunk_output.block2.block2-0"],
    "vit_b_16": ["conv_proj", "encoder.layers.encoder_layer_1", "encoder.layers.encoder_layer_2.mlp.0", "heads.head"],
    "swin_t": ["features.1.1", "head"],
}
# A deconvnet meets gates, attention or curved rectifiers.
NO_DECONVNET = {"mobilenet_v3_small", "efficientnet_b0", "convnext_tiny", "regnet_y_400mf", "vit_b_16", "swin_t"}
CASES = [(name, layer) for name, layers in (SEEN | UNSEEN).items() for layer in layers]


def made(name):
    torch.manual_seed(0)
    options = {"vit_b_16": {"image_size": 64}}.get(name, {})
    if name in ("googlenet", "inception_v3"):
        options = {"init_weights": False, "transform_input": True}
    network = GoogLeNet() if name == "own googlenet" else getattr(torchvision.models, name)(**options)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
        if isinstance(module, nn.ReLU):
            module.inplace = False  # Captum's hooks cannot live with it
    return network.double().eval()


@pytest.mark.parametrize(("name", "layer"), CASES)
def test_every_way_back(name, layer):
    network = made(name)
    size = 96 if name == "inception_v3" else 64
    image = torch.rand(3, size, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    module = network.get_submodule(layer)
    given, x = [], image[None].clone().requires_grad_()
    note = module.register_forward_hook(lambda _m, _i, output: given.append(output))
    network(x)
    note.remove()

    passage = forward(network, layer, image)
    position = tuple(side // 2 for side in passage.activation.shape[1:]) or None
    values = passage.activation[(slice(None), *(position or ()))]
    units = values.topk(2).indices.tolist()
    back = attribute(passage, GRADIENT, position=position, units=units)
    output = given[-1].movedim(passage.graph.unit_axis, 1) if passage.graph else given[-1]
    assert output.shape[1] == {"features.1.1": 96, "encoder.layers.encoder_layer_1": 768}.get(layer, output.shape[1])
    for k, unit in enumerate(units):
        (expected,) = torch.autograd.grad(output[(0, unit, *(position or ()))], x, retain_graph=True)
        torch.testing.assert_close(back.full()[k], expected[0], rtol=1e-9, atol=1e-12)
    known = layer in ("conv_proj", "stem.2")  # in front of what stops a deconvnet
    assert (refusal(network, layer, DECONVNET, size) != "") == (name in NO_DECONVNET and not known)
    if name not in SEEN:
        return
    for way, method in ((GUIDED_BACKPROP, "NeuronGuidedBackprop"), (DECONVNET, "NeuronDeconvolution")):
        signal = attribute(passage, way, position=position, units=units, rectify_image=False).full()
        for k, unit in enumerate(units):
            theirs = getattr(captum.attr, method)(network, module).attribute(
                image[None].clone(), (unit, *(position or ()))
            )
            torch.testing.assert_close(signal[k], theirs[0].detach() * values[unit], rtol=1e-9, atol=1e-12)
