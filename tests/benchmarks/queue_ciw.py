"""The queue in Ciw: one node of a queueing network."""

from __future__ import annotations

import ciw
import queue_task
from queue_task import Books, Given


def run(customers: int, seed: int, given: Given | None = None) -> Books:
    """Play the queue, and read the books off the records that Ciw keeps of those who have left."""
    if given is not None:
        gaps, services = ciw.dists.Sequential(given.gaps), ciw.dists.Sequential(given.services)
    else:
        gaps = ciw.dists.Exponential(rate=queue_task.ARRIVAL_RATE)
        services = ciw.dists.Exponential(rate=queue_task.SERVICE_RATE)
    network = ciw.create_network(arrival_distributions=[gaps], service_distributions=[services], number_of_servers=[1])
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(queue_task.horizon(customers))
    total_wait, served = 0.0, 0
    # A customer's record is found where the customer went, the exit node, in the order of leaving.
    for record in simulation.get_all_records():
        served += 1
        total_wait += record.exit_date - record.arrival_date
    return Books(simulation.nodes[0].number_of_individuals, served, total_wait)
