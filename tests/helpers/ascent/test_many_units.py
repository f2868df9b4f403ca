import warnings

import pytest
import torch
from torch import nn

from helpers.ascent import many_units
from helpers.ascent.errors import AscentError
from helpers.ascent.many_units import maximise
from helpers.ascent.spectra import image_of_spectrum, spectrum
from helpers.ascent.unit_jobs import CENTRE, Setting, jobs_of
from helpers.ascent.views import Views
from helpers.errors import BadInput
from helpers.models.googlenet import GoogLeNet
from helpers.models.preprocessing import Preprocessing

PLAIN = Preprocessing(size=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
QUICK = Setting(size=24, steps=5)
UNITS = {"0": [5, 0, 2], "3": [1, 3]}


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 5, 3, padding=1), nn.ReLU()
    ).eval()


def test_a_unit_climbs_as_a_plain_loop_with_torchs_adam_does():
    net, setting = network(), Setting(size=16, steps=4, views=None)
    for direction in (1, -1):
        found = maximise(net, PLAIN, jobs_of({"3": [2]}, directions=[direction]), setting, seed=3)
        numbers = spectrum(16, seed=3, purpose="start 0 of 3 2")[None].requires_grad_()
        optimiser = torch.optim.Adam([numbers], lr=0.05)
        for step in range(4):
            value = net[:4](PLAIN(image_of_spectrum(numbers)))[0, 2].mean()
            assert found.history[0, step].item() == pytest.approx(value.item(), rel=1e-4)
            optimiser.zero_grad()
            (-direction * value).backward()
            optimiser.step()
        expected = image_of_spectrum(numbers)[0].detach()
        assert (found.image[0, -1] / 255 - expected).abs().max() < 0.51 / 255 + 1e-5
        maps = net[:4](PLAIN(found.image[:, -1] / 255))[0, 2]
        assert found.score[0, -1].item() == pytest.approx(maps.mean().item(), rel=1e-4)
        assert found.peak[0, -1].item() == pytest.approx((maps.max() if direction > 0 else maps.min()).item(), rel=1e-4)
        assert direction * (found.score[0, -1] - found.first[0]) > 0


def test_starts_and_views_are_the_same_bits_in_every_batch_and_order():
    net, seen = network(), {}

    def drawn_in(jobs, batch):
        drawn = []

        class Noting(Views):
            def draw(self, streams, starts, step):
                found = super().draw(streams, starts, step)
                drawn.extend(
                    (int(s), int(start), step, *each) for s, start, *each in zip(streams, starts, *found, strict=True)
                )
                return found

        setting = Setting(size=16, steps=2, views=Noting(), looks=(0,))
        found = maximise(net, PLAIN, jobs, setting, seed=0, batch=batch)
        return {each[:3]: each[3:] for each in drawn}, found

    for batch in (1, 7, 32):
        drawn, found = drawn_in(jobs_of({"0": list(range(6)), "3": [1, 3]}, starts=2), batch)
        if seen:
            assert drawn.keys() == seen["drawn"].keys()
            assert all(
                all(torch.equal(a, b) for a, b in zip(drawn[key], seen["drawn"][key], strict=True)) for key in drawn
            )
            assert torch.equal(found.image[:, 0], seen["found"].image[:, 0])
        seen = {"drawn": drawn, "found": found}
    drawn, found = drawn_in(jobs_of({"3": [3]}, starts=2), 32)
    assert all(all(torch.equal(a, b) for a, b in zip(drawn[key], seen["drawn"][key], strict=True)) for key in drawn)
    assert torch.equal(found.image[:, 0], seen["found"].image[-4:, 0])


def test_pixels_agree_between_batch_sizes_after_twenty_steps(monkeypatch):
    """Of a small Inception V1, in the numbers before they are rounded to 255 steps."""
    torch.manual_seed(0)
    net = GoogLeNet(width=0.0625, classes=5).eval()
    jobs = jobs_of({"mixed3a_3x3_pre_relu": list(range(8))}, directions=[1])
    found = {}
    for batch in (1, 7, 32):
        ends = {}

        def note(self, members, ends=ends):
            image = self._image_of(self.found.running["numbers"])
            ends.update(zip(members.tolist(), image.detach(), strict=True))
            self.found.done[members] = True

        monkeypatch.setattr(many_units._Climb, "_judge", note)
        maximise(net, PLAIN, jobs, Setting(size=32, steps=20), seed=0, batch=batch)
        found[batch] = torch.stack([ends[each] for each in range(8)])
    assert (found[1] - found[7]).abs().max() < 1e-4
    assert (found[1] - found[32]).abs().max() < 1e-4


@pytest.mark.parametrize("half", [False, True])
def test_an_image_is_the_same_bits_after_two_stops(tmp_path, monkeypatch, half):
    net, jobs, path = network(), jobs_of(UNITS, starts=2), tmp_path / "state.safetensors"
    setting = Setting(size=24, steps=5, half=half, looks=(2,))
    whole = maximise(net, PLAIN, jobs, setting, seed=0, batch=4)
    value, calls = many_units._Climb._value, [0]

    def stopping(self, *given):
        calls[0] += 1
        if calls[0] in (9, 17):
            raise KeyboardInterrupt
        return value(self, *given)

    monkeypatch.setattr(many_units._Climb, "_value", stopping)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            maximise(net, PLAIN, jobs, setting, seed=0, batch=4, path=path, save_every=0)
    again = maximise(net, PLAIN, jobs, setting, seed=0, batch=3, path=path, save_every=0)  # goes on with 4
    for name in ("image", "score", "peak", "history", "first", "restarts"):
        assert torch.equal(getattr(whole, name), getattr(again, name)), name
    assert calls[0] < 2 * 5 * 6 + 9  # finished batches are not made anew


def test_a_file_of_another_ascent_or_a_damaged_one_is_begun_anew(tmp_path):
    net, path = network(), tmp_path / "state.safetensors"
    maximise(net, PLAIN, jobs_of({"0": [1]}), QUICK, seed=0, path=path, save_every=0)
    other = maximise(net, PLAIN, jobs_of({"0": [2]}), QUICK, seed=0, path=path, save_every=0)
    assert torch.equal(other.image, maximise(net, PLAIN, jobs_of({"0": [2]}), QUICK, seed=0).image)
    path.write_bytes(b"damaged")
    again = maximise(net, PLAIN, jobs_of({"0": [2]}), QUICK, seed=0, path=path)
    assert torch.equal(other.image, again.image)


def test_dead_starts_begin_anew_are_counted_and_leave_others_alone():
    net = network()
    with torch.no_grad():
        net[3].weight[1] = 0  # this unit never changes
    found = maximise(net, PLAIN, jobs_of(UNITS), Setting(size=16, steps=3, restarts=2), seed=0)
    assert found.restarts.tolist() == [0] * 6 + [2, 2, 0, 0]
    assert found.dead.tolist() == [False] * 6 + [True, True, False, False]
    assert found.done.all()
    alone = maximise(net, PLAIN, jobs_of({"3": [3]}), Setting(size=16, steps=3, restarts=2), seed=0)
    assert (found.image[-2:].int() - alone.image.int()).abs().max() <= 1


def test_a_batch_that_does_not_fit_is_split_and_that_is_said(monkeypatch):
    net, setting, value = network(), Setting(size=16, steps=2), many_units._Climb._value

    def scarce(self, numbers, *given):
        if len(numbers) > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return value(self, numbers, *given)

    jobs = jobs_of({"3": [0, 1, 2]})
    expected = maximise(net, PLAIN, jobs, setting, seed=0)
    monkeypatch.setattr(many_units._Climb, "_value", scarce)
    with pytest.warns(UserWarning, match="3 are taken"):
        found = maximise(net, PLAIN, jobs, setting, seed=0)
    assert (found.image.int() - expected.image.int()).abs().max() <= 1
    assert found.done.all() and found.batch.tolist() == [1]


def test_the_middle_of_the_map_can_be_climbed_on_and_pixels_instead_of_waves():
    net = network()
    for fourier in (True, False):
        setting = Setting(size=16, steps=3, where=CENTRE, fourier=fourier, views=None)
        found = maximise(net, PLAIN, jobs_of({"3": [1]}, directions=[1]), setting, seed=0)
        assert found.score[0, -1].item() == pytest.approx(
            net[:4](PLAIN(found.image[:, -1] / 255))[0, 1, 4, 4].item(), rel=1e-4
        )


def test_odd_wishes_are_refused_in_one_sentence():
    net = network()
    with pytest.raises(BadInput, match="no unit 9; its units go from 0 to 4"):
        maximise(net, PLAIN, jobs_of({"3": [9]}), QUICK, seed=0)
    with pytest.raises(BadInput, match="9"):
        maximise(net, PLAIN, jobs_of({"9": [0]}), QUICK, seed=0)
    with pytest.raises(AscentError, match="nothing to climb"):
        jobs_of({"3": []})
    with pytest.raises(AscentError, match="directions"):
        jobs_of({"3": [1]}, directions=[2])
    with pytest.raises(AscentError, match="where"):
        Setting(size=8, steps=1, where="edge")
    with pytest.raises(AscentError, match="looks"):
        Setting(size=8, steps=1, looks=(2,))
    with pytest.raises(AscentError, match="steps"):
        Setting(size=8, steps=0)
    with pytest.raises(AscentError, match="take another size"), warnings.catch_warnings():
        maximise(nn.Sequential(nn.Conv2d(3, 1, 60)), PLAIN, jobs_of({"0": [0]}), QUICK, seed=0)
