import { JwtService } from '@nestjs/jwt';
import { InjectRepository } from '@nestjs/typeorm';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { Server, Socket } from 'socket.io';
import { Repository } from 'typeorm';
import { Message } from './message.entity.js';

@WebSocketGateway()
export class ChatGateway implements OnGatewayInit {
  @WebSocketServer()
  server: Server;

  constructor(
    @InjectRepository(Message) private readonly messages: Repository<Message>,
    private readonly jwt: JwtService,
  ) {}

  afterInit(server: Server) {
    server.use(async (socket, next) => {
      try {
        socket.data = await this.jwt.verifyAsync(socket.handshake.auth.token);
        next();
      } catch {
        next(new Error('Authentication error'));
      }
    });
  }

  @SubscribeMessage('join')
  async join(@MessageBody() room: string, @ConnectedSocket() client: Socket) {
    await client.join(room);
    return room;
  }

  @SubscribeMessage('send')
  async send(@MessageBody() { room, text }: { room: string; text: string }, @ConnectedSocket() client: Socket) {
    const message = await this.messages.save(this.messages.create({ room, text, sender: client.data.sub }));
    this.server.to(room).emit('message', message);
    return { id: message.id };
  }
}
