// Specs count on time-outs of a second; two at once on two cores would starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
