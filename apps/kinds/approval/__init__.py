"""What a plan decided before treatment: approvals and estimates in advance."""
