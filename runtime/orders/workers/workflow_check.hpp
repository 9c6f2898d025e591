#pragma once
#include <string>
#include <vector>

#include "runtime/orders/workers/workflow.hpp"

namespace esteira::runtime::orders {

/// A workflow by the name and the first event that the settings give it.
struct NamedWorkflow {
  std::string name;
  std::string first_event;
};

/// The stages that an order of the workflow may come to, in the order in which it comes to them; those after a refused
/// event or a cancellation last.
std::vector<StageOverview> stages_of_workflow(const std::vector<StageOverview>& stages, const std::string& first_event);

/// What is wrong with a workflow, one line each, for a check before a deployment. As far as the stages are registered:
/// - its first event has no consumer;
/// - an order that is refused or cancelled after it was paid for gets no further: nobody undoes the payment;
/// - an order comes to a stage again;
/// - a stage's status is before the one that the order has;
/// - an event before the shipment has several consumers: the order has several messages at once then, so a stage may
///   still be at work on it when it is cancelled.
/// Complements find_workflow_faults, which does not look at the way of an order.
std::vector<std::string> check_workflow(const std::vector<StageOverview>& stages, const NamedWorkflow& workflow);

}  // namespace esteira::runtime::orders
