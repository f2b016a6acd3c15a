// What the simulator knows of GitHub's public schema (https://docs.github.com/en/graphql, read 2026-12-01): types and
// fields by GitHub's names. Must not know who asks, nor what there is.
import {
  buildSchema,
  type GraphQLCompositeType,
  type GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';

/** A field that GitHub has and this schema has not is null: clients ask for more than a simulator knows. */
class LenientSchema extends GraphQLSchema {
  readonly #unknown: GraphQLField<unknown, unknown> | undefined = new GraphQLObjectType({
    name: 'Unknown',
    fields: { unknown: { type: GraphQLString, resolve: () => null } },
  }).getFields()['unknown'];

  override getField(type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
    return super.getField(type, name) ?? this.#unknown;
  }
}

/** A schema of its own for each simulator. */
export function githubSchema(): GraphQLSchema {
  return new LenientSchema(buildSchema(TYPES).toConfig());
}

const TYPES = `
scalar DateTime
scalar URI

interface Node { id: ID! }
interface Actor { login: String! url: URI }
interface RepositoryOwner { id: ID! login: String! url: URI }

type Query {
  viewer: Actor
  repository(owner: String!, name: String!, followRenames: Boolean): Repository
  user(login: String!): User
  organization(login: String!): Organization
  repositoryOwner(login: String!): RepositoryOwner
  node(id: ID!): Node
  rateLimit(dryRun: Boolean): RateLimit
}

type Mutation {
  createIssue(input: CreateIssueInput!): CreateIssuePayload
  updateRepository(input: UpdateRepositoryInput!): UpdateRepositoryPayload
}

input CreateIssueInput {
  clientMutationId: String
  repositoryId: ID!
  title: String!
  body: String
  assigneeIds: [ID!]
  labelIds: [ID!]
  milestoneId: ID
  projectIds: [ID!]
  projectV2Ids: [ID!]
  issueTemplate: String
  issueTypeId: ID
  parentIssueId: ID
}
type CreateIssuePayload { clientMutationId: String issue: Issue }

input UpdateRepositoryInput {
  clientMutationId: String
  repositoryId: ID!
  name: String
  description: String
  homepageUrl: URI
  template: Boolean
  hasWikiEnabled: Boolean
  hasIssuesEnabled: Boolean
  hasProjectsEnabled: Boolean
  hasDiscussionsEnabled: Boolean
}
type UpdateRepositoryPayload { clientMutationId: String repository: Repository }

type User implements Node & Actor & RepositoryOwner {
  id: ID! databaseId: Int login: String! name: String url: URI
}
type Organization implements Node & Actor & RepositoryOwner {
  id: ID! databaseId: Int login: String! name: String url: URI
}
type Bot implements Node & Actor { id: ID! databaseId: Int login: String! url: URI }

type Repository implements Node {
  id: ID!
  databaseId: Int
  name: String!
  nameWithOwner: String!
  owner: RepositoryOwner
  description: String
  url: URI!
  sshUrl: String!
  visibility: RepositoryVisibility!
  isPrivate: Boolean!
  isEmpty: Boolean!
  isFork: Boolean!
  isArchived: Boolean!
  isTemplate: Boolean!
  parent: Repository
  hasIssuesEnabled: Boolean!
  hasWikiEnabled: Boolean!
  viewerPermission: RepositoryPermission
  viewerCanAdminister: Boolean!
  defaultBranchRef: Ref
  mergeCommitAllowed: Boolean!
  rebaseMergeAllowed: Boolean!
  squashMergeAllowed: Boolean!
  issues(
    first: Int last: Int after: String before: String
    states: [IssueState!] labels: [String!] orderBy: IssueOrder filterBy: IssueFilters
  ): IssueConnection
  issue(number: Int!): Issue
  issueOrPullRequest(number: Int!): IssueOrPullRequest
  issueTemplates: [IssueTemplate!]
  pullRequests(
    first: Int last: Int after: String before: String
    states: [PullRequestState!] labels: [String!] headRefName: String baseRefName: String orderBy: IssueOrder
  ): PullRequestConnection
}
enum RepositoryVisibility { PRIVATE PUBLIC INTERNAL }
enum RepositoryPermission { ADMIN MAINTAIN WRITE TRIAGE READ }
type Ref { name: String! }

type Issue implements Node {
  id: ID!
  number: Int!
  title: String!
  body: String!
  state: IssueState!
  url: URI!
  author: Actor
  createdAt: DateTime!
  updatedAt: DateTime!
  labels(first: Int after: String): LabelConnection
  comments(first: Int last: Int after: String before: String): IssueCommentConnection
}
type PullRequest implements Node { id: ID! number: Int! title: String! url: URI! }
union IssueOrPullRequest = Issue | PullRequest
enum IssueState { OPEN CLOSED }
enum PullRequestState { OPEN CLOSED MERGED }
enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS }
enum OrderDirection { ASC DESC }
input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
input IssueFilters {
  assignee: String createdBy: String mentioned: String milestone: String milestoneNumber: String
  labels: [String!] states: [IssueState!] since: DateTime type: String viewerSubscribed: Boolean
}
type IssueTemplate { name: String! title: String about: String body: String filename: String! }

type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean endCursor: String startCursor: String }
type IssueConnection { totalCount: Int! nodes: [Issue] pageInfo: PageInfo! }
type PullRequestConnection { totalCount: Int! nodes: [PullRequest] pageInfo: PageInfo! }
type Label implements Node { id: ID! name: String! color: String! description: String }
type LabelConnection { totalCount: Int! nodes: [Label] pageInfo: PageInfo }
type IssueComment implements Node { id: ID! body: String! author: Actor createdAt: DateTime! }
type IssueCommentConnection { totalCount: Int! nodes: [IssueComment] pageInfo: PageInfo }
type RateLimit { limit: Int! cost: Int! remaining: Int! resetAt: DateTime! }
`;
