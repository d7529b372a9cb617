"""Keeps track of what a small warehouse has in stock."""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path


class OutOfStock(Exception):
    """More was asked for than there is."""

    def __init__(self, sku, wanted, available):
        super().__init__(f"{sku}: {wanted} wanted, {available} available")
        self.sku = sku
        self.wanted = wanted
        self.available = available


@dataclass
class Batch:
    sku: str
    quantity: int
    received: date
    expires: date | None = None

    def is_expired(self, today):
        return self.expires is not None and self.expires < today

    def days_left(self, today):
        if self.expires is None:
            return None
        return (self.expires - today).days


@dataclass
class Inventory:
    batches: list[Batch] = field(default_factory=list)
    reserved: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def receive(self, sku, quantity, received, shelf_life=None):
        if quantity <= 0:
            raise ValueError(f"quantity must be positive, not {quantity}")
        expires = received + timedelta(days=shelf_life) if shelf_life else None
        batch = Batch(sku, quantity, received, expires)
        self.batches.append(batch)
        return batch

    def available(self, sku, today):
        total = 0
        for batch in self.batches:
            if batch.sku == sku and not batch.is_expired(today):
                total += batch.quantity
        return total - self.reserved[sku]

    def reserve(self, sku, quantity, today):
        available = self.available(sku, today)
        if quantity > available:
            raise OutOfStock(sku, quantity, available)
        self.reserved[sku] += quantity

    def take(self, sku, quantity, today):
        """Takes the batches that expire first."""
        available = self.available(sku, today)
        if quantity > available:
            raise OutOfStock(sku, quantity, available)
        candidates = [batch for batch in self.batches if batch.sku == sku and not batch.is_expired(today)]
        candidates.sort(key=lambda batch: batch.expires or date.max)
        taken = []
        for batch in candidates:
            amount = min(batch.quantity, quantity)
            batch.quantity -= amount
            quantity -= amount
            taken.append((batch, amount))
            if quantity == 0:
                break
        self.batches = [batch for batch in self.batches if batch.quantity > 0]
        return taken

    def report(self, today):
        rows = []
        for sku in sorted({batch.sku for batch in self.batches}):
            rows.append({"sku": sku, "available": self.available(sku, today), "reserved": self.reserved[sku]})
        return rows


def load(path: Path) -> Inventory:
    inventory = Inventory()
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            received = date.fromisoformat(row["received"])
            shelf_life = int(row["shelf_life"]) if row["shelf_life"] else None
            inventory.receive(row["sku"], int(row["quantity"]), received, shelf_life)
    return inventory
