using System.Net;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Session;

/// <summary>The connections that have not shown yet who they are: so many at a time, in a room of their own, so that they take no session's place. When it is full, one is let go: the oldest of the
/// address that has most. Who fills it alone drives out only himself. Thread-safe.</summary>
internal sealed class StartingRoom(int most)
{
    private readonly Lock _sync = new();
    private readonly Dictionary<IPAddress, LinkedList<Place>> _byAddress = [];
    private long _entered;
    private int _count;

    /// <param name="letGo">Called, once at most and while another enters, when this one has to leave.</param>
    /// <returns>For <see cref="Leave"/>.</returns>
    public Place Enter(IPAddress address, Action letGo)
    {
        Place? last = null;
        Place place;
        lock (_sync)
        {
            place = new Place(AddressGroup.Of(address), ++_entered, letGo);
            if (!_byAddress.TryGetValue(place.Address, out var his)) _byAddress[place.Address] = his = [];
            his.AddLast(place.Node);
            if (++_count > most)
            {
                last = _byAddress.Values.OrderByDescending(places => places.Count).ThenBy(places => places.First!.Value.Number).First().First!.Value;
                Remove(last);
            }
        }
        last?.LetGo();
        return place;
    }

    /// <summary>Once or more often, let go or not.</summary>
    public void Leave(Place place)
    {
        lock (_sync) Remove(place);
    }

    private void Remove(Place place)
    {
        if (place.Node.List is not { } his) return;
        his.Remove(place.Node);
        if (his.Count == 0) _byAddress.Remove(place.Address);
        _count--;
    }

    internal sealed class Place
    {
        public Place(IPAddress address, long number, Action letGo)
        {
            (Address, Number, LetGo) = (address, number, letGo);
            Node = new LinkedListNode<Place>(this);
        }

        public IPAddress Address { get; }
        public long Number { get; }
        public Action LetGo { get; }
        public LinkedListNode<Place> Node { get; }
    }
}
