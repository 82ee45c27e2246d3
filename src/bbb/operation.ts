export interface Operation {
  readonly operationName: string;
  readonly kind: 'query' | 'subscription' | 'mutation';
  readonly rootField: string;
  readonly query: string;
}

export const write = (kind: Operation['kind'], operationName: string, rootField: string, query: string): Operation => ({ operationName, kind, rootField, query });
