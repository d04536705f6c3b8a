using ActorReplication.Postgres.Tests.RealSql;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;
using Xunit;

namespace ActorReplication.Postgres.Tests.Clients;

/// <summary>EF Core with Npgsql's provider: migrations with rows in between, and queries.</summary>
public sealed class EfCore
{
    [Fact]
    public async Task Migrations_run_forwards_and_back_and_LINQ_finds_its_rows()
    {
        await using var server = await SqlServer.StartAsync();
        await using var db = new Blogs(server.ConnectionString);
        await db.Database.MigrateAsync();
        await db.Database.MigrateAsync();
        Assert.Equal(2, (await db.Database.GetAppliedMigrationsAsync()).Count());

        var blog = new Blog { Url = "u", Rating = 4.25m, Tags = ["x", "y"], Posts = { new Post { Title = "one" }, new Post { Title = "two" } } };
        db.Add(blog);
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        var found = await db.Blogs_.Include(b => b.Posts.OrderBy(p => p.Id)).Where(b => b.Url == "u" && b.Tags.Contains("x")).SingleAsync();
        Assert.Equal((4.25m, "one,two"), (found.Rating, string.Join(',', found.Posts.Select(p => p.Title))));
        Assert.Equal(2, await db.Posts.Where(p => p.Blog.Url.StartsWith("u")).ExecuteUpdateAsync(s => s.SetProperty(p => p.Title, p => p.Title + "!")));
        Assert.Equal(2, (await db.Posts.GroupBy(p => p.BlogId).Select(g => new { g.Key, Count = g.Count() }).SingleAsync(g => g.Key == found.Id)).Count);
        db.Add(new Post { BlogId = 999, Title = "orphan" });
        var orphan = Assert.IsType<Npgsql.PostgresException>((await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync())).InnerException);
        Assert.Equal(("23503", "FK_Posts_Blogs"), (orphan.SqlState, orphan.ConstraintName));
        db.ChangeTracker.Clear();
        db.Remove(await db.Blogs_.SingleAsync(b => b.Url == "u"));
        await db.SaveChangesAsync();
        Assert.Equal(0, await db.Posts.CountAsync(p => p.Title != "first"));

        await db.GetService<IMigrator>().MigrateAsync("First");
        await db.GetService<IMigrator>().MigrateAsync("0");
        Assert.Empty(await db.Database.GetAppliedMigrationsAsync());
    }

    public sealed class Blog
    {
        public int Id { get; set; }
        public required string Url { get; set; }
        public decimal? Rating { get; set; }
        public string[] Tags { get; set; } = [];
        public List<Post> Posts { get; } = [];
    }

    public sealed class Post
    {
        public int Id { get; set; }
        public int BlogId { get; set; }
        public Blog Blog { get; set; } = null!;
        public required string Title { get; set; }
    }

    public sealed class Blogs(string connection) : DbContext
    {
        public DbSet<Blog> Blogs_ => Set<Blog>();
        public DbSet<Post> Posts => Set<Post>();

        protected override void OnConfiguring(DbContextOptionsBuilder options) =>
            options.UseNpgsql(connection).ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));

        protected override void OnModelCreating(ModelBuilder model)
        {
            model.Entity<Blog>().ToTable("Blogs");
            model.Entity<Post>().ToTable("Posts");
        }
    }

    [DbContext(typeof(Blogs))]
    [Migration("20260101000000_First")]
    public sealed class First : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable("Blogs", t => new
            {
                Id = t.Column<int>().Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                Url = t.Column<string>(nullable: true),
                Score = t.Column<int>(nullable: true),
                Old = t.Column<string>(nullable: true),
            }, constraints: t => t.PrimaryKey("PK_Blogs", b => b.Id));
            migrationBuilder.CreateTable("Posts", t => new
            {
                Id = t.Column<int>().Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                BlogId = t.Column<int>(),
                Title = t.Column<string>(maxLength: 10),
            }, constraints: t => t.PrimaryKey("PK_Posts", p => p.Id));
            migrationBuilder.CreateIndex("IX_Old", "Posts", "BlogId");
            migrationBuilder.Sql("INSERT INTO \"Blogs\" (\"Url\", \"Score\") VALUES ('first', 3)");
            migrationBuilder.Sql("INSERT INTO \"Posts\" (\"BlogId\", \"Title\") VALUES (1, 'first')");
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable("Posts");
            migrationBuilder.DropTable("Blogs");
        }
    }

    [DbContext(typeof(Blogs))]
    [Migration("20260102000000_Second")]
    public sealed class Second : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn("Old", "Blogs");
            migrationBuilder.RenameColumn("Score", "Blogs", "Rating");
            migrationBuilder.AlterColumn<decimal>("Rating", "Blogs", "numeric(5,2)", nullable: true, oldClrType: typeof(int), oldNullable: true);
            migrationBuilder.AlterColumn<string>("Url", "Blogs", nullable: false, defaultValue: "", oldClrType: typeof(string), oldNullable: true);
            migrationBuilder.AlterColumn<string>("Title", "Posts", maxLength: 200, oldMaxLength: 10);
            migrationBuilder.AddColumn<string[]>("Tags", "Blogs", "text[]", nullable: false, defaultValue: Array.Empty<string>());
            migrationBuilder.AddColumn<DateTime>("At", "Posts", "timestamp with time zone", nullable: false, defaultValueSql: "now()");
            migrationBuilder.RenameIndex("IX_Old", "IX_Posts_BlogId", "Posts");
            migrationBuilder.AddUniqueConstraint("AK_Url", "Blogs", "Url");
            migrationBuilder.AddForeignKey("FK_Posts_Blogs", "Posts", "BlogId", "Blogs", principalColumn: "Id", onDelete: ReferentialAction.Cascade);
            migrationBuilder.AddCheckConstraint("CK_Rating", "Blogs", "\"Rating\" >= 0");
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey("FK_Posts_Blogs", "Posts");
            migrationBuilder.DropCheckConstraint("CK_Rating", "Blogs");
            migrationBuilder.DropUniqueConstraint("AK_Url", "Blogs");
            migrationBuilder.DropPrimaryKey("PK_Posts", "Posts");
            migrationBuilder.AddPrimaryKey("PK_Posts", "Posts", "Id");
            migrationBuilder.DropColumn("At", "Posts");
            migrationBuilder.DropColumn("Tags", "Blogs");
            migrationBuilder.AlterColumn<int>("Rating", "Blogs", nullable: true, oldClrType: typeof(decimal), oldType: "numeric(5,2)", oldNullable: true);
            migrationBuilder.RenameColumn("Rating", "Blogs", "Score");
            migrationBuilder.AddColumn<string>("Old", "Blogs", nullable: true);
            migrationBuilder.RenameIndex("IX_Posts_BlogId", "IX_Old", "Posts");
        }
    }
}
