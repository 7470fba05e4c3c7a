"""A trainer written for Hydra, standing for one in an installed package: nobody edits this file."""

from statistics import fmean

from hydra.utils import instantiate
from torch import nn, randn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    """Takes configs and builds the parts itself; its authors call `instantiate(cfg.trainer, _recursive_=False)`."""

    def __init__(self, data, model, loss, optimizer, epochs):
        self.data_conf = data
        self.model_conf = model
        self.loss_conf = loss
        self.optimizer_conf = optimizer
        self.epochs = epochs
        self._setup_components()

    def _setup_components(self):
        self.data = instantiate(self.data_conf)
        self.model = instantiate(self.model_conf)
        self.loss = instantiate(self.loss_conf)
        self.optimizer = instantiate(self.optimizer_conf, self.model.parameters())

    def run(self):
        for epoch in range(self.epochs):
            losses = []
            for inputs, answers in DataLoader(self.data, batch_size=16, shuffle=True):
                self.optimizer.zero_grad()
                loss = self.loss(self.model(inputs), answers)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            print(f"epoch {epoch + 1}/{self.epochs}  mean loss {fmean(losses):.4f}")


def sums(samples, width):
    """Rows of numbers, and their sums."""
    inputs = randn(samples, width)
    return TensorDataset(inputs, inputs.sum(dim=1, keepdim=True))


def network(width, hidden):
    return nn.Sequential(nn.Linear(width, hidden), nn.Tanh(), nn.Linear(hidden, 1))
