using BenchmarkDotNet.Running;

if (args is ["gap", var hosts, var table]) return await ActorReplication.Benchmarks.GapClient.RunAsync(hosts, table);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
