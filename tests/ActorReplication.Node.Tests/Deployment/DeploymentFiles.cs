using System.Text.RegularExpressions;
using ActorReplication.Node.Http.Description;
using ActorReplication.Node.Tests.Configuration;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace ActorReplication.Node.Tests.Deployment;

/// <summary>What deploy/ ships fits together and fits the program: names, selectors, ports, paths, configuration.</summary>
public sealed partial class DeploymentFiles
{
    private static readonly string[] Manifests = ["kubernetes/actor-replication.yaml", "kubernetes/proxy.yaml"];

    private static List<YamlNode> All => [.. Manifests.SelectMany(Yaml.Load)];

    private static IEnumerable<YamlNode> Workloads => All.Where(m => m.Text("kind") is "StatefulSet" or "Deployment");

    [Fact]
    public void Every_manifest_is_of_a_kind_that_exists_and_has_a_name_of_its_own()
    {
        (string, string)[] kinds = [("v1", "ConfigMap"), ("v1", "Service"), ("policy/v1", "PodDisruptionBudget"), ("apps/v1", "StatefulSet"), ("apps/v1", "Deployment")];
        Assert.All(All, m => Assert.Contains((m.Text("apiVersion")!, m.Text("kind")!), kinds));
        Assert.All(All, m => Assert.Matches("^[a-z]([-a-z0-9]*[a-z0-9])?$", m.Text("metadata/name")));
        Assert.Equal(All.Count, All.Select(m => (m.Text("kind"), m.Text("metadata/name"))).Distinct().Count());
    }

    [Fact]
    public void Selectors_choose_the_pods_that_there_are()
    {
        var pods = Workloads.Select(w => w.Pairs("spec/template/metadata/labels").ToHashSet()).ToArray();
        foreach (var m in All)
        {
            var path = m.Text("kind") switch { "Service" => "spec/selector", "ConfigMap" => null, _ => "spec/selector/matchLabels" };
            if (path is null) continue;
            var selector = m.Pairs(path).ToArray();
            Assert.NotEmpty(selector);
            Assert.True(pods.Any(p => selector.All(p.Contains)), $"{m.Text("kind")} {m.Text("metadata/name")} chooses nothing");
        }
        Assert.Contains(All, m => m.Text("kind") == "Service" && m.Text("metadata/name") == Workloads.First().Text("spec/serviceName") && m.Text("spec/clusterIP") == "None");
    }

    [Fact]
    public void Ports_volumes_and_configuration_maps_that_are_named_exist()
    {
        foreach (var workload in Workloads)
        {
            var container = workload.At("spec/template/spec/containers/0");
            var ports = container.List("ports").Select(p => p.Text("name")).ToArray();
            foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"])
                if (container.At(probe) is { } asked) Assert.Contains(asked.Text("httpGet/port") ?? asked.Text("tcpSocket/port"), ports);
            var volumes = workload.List("spec/template/spec/volumes").Select(v => v.Text("name")).Concat(workload.List("spec/volumeClaimTemplates").Select(v => v.Text("metadata/name"))).ToArray();
            Assert.All(container.List("volumeMounts"), m => Assert.Contains(m.Text("name"), volumes));
            Assert.All(workload.List("spec/template/spec/volumes").Select(v => v.Text("configMap/name")).OfType<string>(), name => Assert.Contains(All, m => m.Text("kind") == "ConfigMap" && m.Text("metadata/name") == name));
            var labels = workload.Pairs("spec/template/metadata/labels").ToHashSet();
            foreach (var service in All.Where(m => m.Text("kind") == "Service" && m.Pairs("spec/selector").All(labels.Contains)))
                Assert.All(service.List("spec/ports"), p => Assert.Contains(p.Text("targetPort") ?? p.Text("name"), ports));
            Assert.Equal("true", workload.Text("spec/template/spec/securityContext/runAsNonRoot"));
        }
    }

    [Fact]
    public void Probes_and_the_proxy_ask_paths_that_a_node_answers()
    {
        var asked = Manifests.SelectMany(f => AskedPath().Matches(File.ReadAllText(Path.Combine(Repository.Root, "deploy", f))).Select(m => m.Groups["path"].Value)).ToArray();
        Assert.True(asked.Length >= 5);
        Assert.All(asked, path => Assert.Contains(path.Split('?')[0], Operations.All.Select(o => o.Path)));
    }

    [Theory]
    [InlineData("kubernetes/actor-replication.yaml", "data/node.conf", "actor-replication-2")]
    [InlineData("compose.yaml", "configs/node.conf/content", "n2")]
    public void The_configuration_inside_is_in_order_for_every_node(string file, string path, string node)
    {
        using var folder = new ConfigFolder();
        var result = folder.Load(Yaml.Load(file)[0].Text(path)!, ("NODE__NAME", node));
        Assert.Empty(result.Errors);
        Assert.Equal((node, 3), (result.Settings!.Name.Name, result.Settings.InitialVoters.Count));
        Assert.Equal(result.Settings.InitialVoters.Single(v => v.Name.Name == node).Host, result.Settings.RemoteHost);
    }

    [Fact]
    public void The_compose_file_has_three_nodes_that_share_nothing()
    {
        var compose = Yaml.Load("compose.yaml")[0];
        var services = ((YamlMappingNode)compose.At("services")!).Children.ToArray();
        Assert.Equal(3, services.Length);
        Assert.All(services, s => Assert.Equal(((YamlScalarNode)s.Key).Value, s.Value.Text("environment/ACTOR_REPLICATION__NODE__NAME")));
        Assert.Equal(3, services.Select(s => s.Value.Text("volumes/0")).Distinct().Count());
        Assert.All(services.SelectMany(s => s.Value.List("ports")), p => Assert.StartsWith("127.0.0.1:", ((YamlScalarNode)p).Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Alert_rules_are_of_the_shape_that_Prometheus_takes()
    {
        var rules = Yaml.Load("prometheus/alerts.yml")[0].List("groups/0/rules").ToArray();
        Assert.True(rules.Length >= 8);
        Assert.All(rules, r => Assert.All((string[])["alert", "expr", "labels/severity", "annotations/summary", "annotations/action"], path => Assert.False(string.IsNullOrEmpty(r.Text(path)), path)));
        Assert.Equal("alerts.yml", Yaml.Load("prometheus/prometheus.yml")[0].Text("rule_files/0"));
    }

    [Fact]
    public void The_unit_waits_for_the_nodes_word_and_does_not_repeat_what_cannot_work()
    {
        var unit = File.ReadAllLines(Path.Combine(Repository.Root, "deploy", "actor-replication@.service"));
        Assert.Contains("Type=notify", unit);
        Assert.Contains($"RestartPreventExitStatus={ExitCodes.Usage} {ExitCodes.DataRefused} {ExitCodes.PortInUse}", unit);
        Assert.Contains(unit, l => l.StartsWith("WatchdogSec=", StringComparison.Ordinal));
        Assert.Contains("NoNewPrivileges=yes", unit);
    }

    [GeneratedRegex("""(path: "?|OPTIONS )(?<path>/[a-z-]+(\?lag=\w+)?)"?( \}|, port|\n)""")]
    private static partial Regex AskedPath();
}
