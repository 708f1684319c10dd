import 'reflect-metadata';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChatGateway } from './chat.gateway.js';
import { Message } from './message.entity.js';

@Module({
  imports: [
    JwtModule.register({ secret: process.env.JWT_SECRET ?? '' }),
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: join(process.env.DATA_DIR ?? '.', 'chat.sqlite'),
      entities: [Message],
      synchronize: true,
      // As it comes there is a rollback journal; the other way is what a careful operator would set.
      ...(process.env.JOURNAL === 'wal' && {
        enableWAL: true,
        prepareDatabase: (database: { pragma(text: string): unknown }) => {
          database.pragma('synchronous = FULL');
        },
      }),
    }),
    TypeOrmModule.forFeature([Message]),
  ],
  providers: [ChatGateway],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(Number(process.env.PORT), '127.0.0.1');
